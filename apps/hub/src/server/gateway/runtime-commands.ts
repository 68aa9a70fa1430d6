/** Sends a runtime its pending commands in the order they were stored; reading begins anew with every connection. */
import type { RuntimeCommand } from "@fairlead/protocol";
import type { GatewayLog } from "./environment.ts";
import type { GatewaySocket } from "./socket.ts";

export interface CommandsOptions {
  readonly socket: GatewaySocket;
  readonly pending: (after: number) => Promise<readonly { ordinal: number; command: RuntimeCommand }[]>;
  readonly track: (work: Promise<void>) => void;
  readonly log: GatewayLog;
}

export interface Commands {
  /** Looks for commands now; called when there may be some. */
  look(): void;
}

export function createCommands(options: CommandsOptions): Commands {
  const { socket, log } = options;
  let after = 0;
  let looking = false;
  let again = false;

  async function sendPending(): Promise<void> {
    for (let page = await options.pending(after); page.length > 0 && socket.open; page = await options.pending(after)) {
      for (const { ordinal, command } of page) {
        if (socket.lagging) await socket.drained();
        if (!socket.open) return;
        socket.send({ type: "command", command });
        after = Math.max(after, ordinal);
      }
      socket.flush();
    }
  }

  async function lookOn(): Promise<void> {
    looking = true;
    do {
      again = false;
      try {
        await sendPending();
      } catch (error) {
        log.warn({ err: error }, "pending commands could not be read; they are looked for again");
      }
    } while (again && socket.open);
    looking = false;
  }

  return {
    look() {
      if (!socket.open) return;
      again = true;
      if (!looking) options.track(lookOn());
    },
  };
}
