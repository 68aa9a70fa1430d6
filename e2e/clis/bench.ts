/** A real agent on the bench: hub, runtime and client around it, the scripted model behind it, a folder to work in. */
import { rmSync } from "node:fs";
import { type Client, type ClientOptions, openSession } from "@fairlead/client";
import type { ClockSpeed } from "../harness/fast-clock.ts";
import { openWorld, type World } from "../harness/world.ts";
import { type ModelServer, startModelServer } from "../model/server.ts";
import { createHome, prepareCli, type ReadyCli } from "./ready.ts";
import { createTalk, type Talk } from "./talk.ts";
import type { CliName } from "./versions.ts";

/** An endpoint block as in a runtime's config file, without its id. */
export type EndpointBlock = (cli: ReadyCli, work: string) => Readonly<Record<string, unknown>>;

export interface Bench {
  readonly world: World;
  readonly model: ModelServer;
  /** The agent as the runtime starts it, for a run without the runtime. */
  readonly cli: ReadyCli;
  /** The agent's working directory. */
  readonly work: string;
  /** Around the bad network, for what must not be disturbed by it. */
  readonly direct: Client;
  /** Starts a session, held by a client of its own; `native_id`: it goes on with this conversation of the agent's own. */
  talk(options?: Partial<ClientOptions> & { readonly direct?: boolean; readonly native_id?: string | undefined }): Promise<Talk>;
  /** Another device of the same person in the same session. */
  join(talk: Talk): Promise<Talk>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly name: CliName;
  /** Where `installCli` put it. */
  readonly folder: string;
  readonly block: EndpointBlock;
  readonly clock?: ClockSpeed;
  readonly limits?: Readonly<Record<string, number>>;
}

export const ENDPOINT = "agent";
/** One or two for each scenario, and all stay open to the end. */
const MOST_SESSIONS = 100;

export async function openBench({ name, folder, block, clock, limits }: BenchOptions): Promise<Bench> {
  const { home, work } = createHome(name);
  const model = await startModelServer();
  const cli = prepareCli(name, folder, { home, modelUrl: model.url });
  const session = { max_per_user: MOST_SESSIONS };
  const world = await openWorld({ endpoints: [{ id: ENDPOINT, ...block(cli, work) }], clock, limits, session });
  const direct = world.newClient({ direct: true });
  const talks: Talk[] = [];

  const open = async (client: Client, id: string) => {
    const talk = await createTalk({ client, session: openSession(client, id), id });
    talks.push(talk);
    return talk;
  };

  return {
    world,
    model,
    cli,
    work,
    direct,
    async talk({ native_id, ...options } = {}) {
      const { id } = await direct.operations["sessions.create"]({ endpoint_id: ENDPOINT, native_id });
      return open(world.newClient(options), id);
    },
    join: (talk) => open(world.newClient(), talk.id),
    async close() {
      for (const talk of talks) talk.session.close();
      await world.close();
      await model.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
