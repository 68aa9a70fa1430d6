/** The holder of one runtime: where it is found, how it is started, and what becomes of its programs when it dies. */
import { startDetached } from "../process/detached.ts";
import { type EnvironmentSource, inheritedEnvironment } from "../process/environment.ts";
import { keeperOf, sweepLeftovers } from "../process/sweep.ts";
import { createHolderLink, type HolderLinkOptions } from "./holder-link.ts";
import { holderFolder, holderFolders, holderSocket } from "./holder-socket.ts";
import type { Keeper } from "./keeper.ts";

export interface OwnHolderOptions extends Pick<HolderLinkOptions, "stop_grace" | "max_recordings_bytes" | "onRecorded" | "log"> {
  readonly data_dir: string;
  /** The command line of the runtime's program; undefined: no holder can be started. */
  readonly program: readonly string[] | undefined;
  /** The runtime's own environment, of which holder and programs get the allow-listed part. */
  readonly env: EnvironmentSource["env"];
}

/** Binds the link to the data directory's one holder. */
export function createOwnHolder({ data_dir, program, env, ...rest }: OwnHolderOptions): Keeper {
  const socket = holderSocket(data_dir);
  const own = holderFolder(data_dir);
  const others = () => holderFolders(data_dir).filter((folder) => folder !== own);

  /** Ends what holders left that died. */
  async function sweep(): Promise<void> {
    await Promise.all(holderFolders(data_dir).map((folder) => sweepLeftovers(folder, { grace: rest.stop_grace })));
  }

  return createHolderLink({
    ...rest,
    socket,
    async start() {
      if (program === undefined) throw new Error("This runtime cannot start a holder for its terminals.");
      await sweep();
      await startDetached([...program, "hold", socket, data_dir], env);
    },
    env: inheritedEnvironment(env),
    living: () => keeperOf(own),
    stranger: () =>
      others()
        .map(keeperOf)
        .find((pid) => pid !== undefined),
    onLost: () => void sweep(),
  });
}
