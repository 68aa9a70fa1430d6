/** A program in tmux as a terminal of this process: an attached client's, put back when it ends before its program does. */
import { setTimeout as delay } from "node:timers/promises";
import type { Pty, PtyListener, PtyStarter } from "../process/pty.ts";
import { signalSession, stopSession } from "../process/terminal-session.ts";
import type { Tmux, TmuxFacts } from "../process/tmux.ts";

/** A client that somebody detached is back after this pause (ms). */
const REATTACH_MS = 500;

export interface TmuxPtyOptions {
  readonly tmux: Tmux;
  /** Of the server that runs the program. */
  readonly socket: string;
  readonly ptys: PtyStarter;
}

export interface TmuxPtyStarter extends PtyStarter {
  /** Detaches from the program and tells nothing more of it. */
  leave(): Promise<void>;
}

/** Shows the program that the server runs already; of what is started only the size counts. */
export function createTmuxPty({ tmux, socket, ptys }: TmuxPtyOptions): TmuxPtyStarter {
  let hasLeft = false;
  let client: Pty | undefined;

  async function start({ size }: Parameters<PtyStarter["start"]>[0], listener: PtyListener, grace: number): Promise<Pty> {
    let wanted = size;
    /** A client takes no keys before it has made its terminal raw: they would be echoed, and Enter changed. */
    let isRaw = false;
    let isPaused = false;
    let ending: Promise<TmuxFacts> | undefined;
    let settle: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      settle = resolve;
    });

    async function attach(): Promise<void> {
      isRaw = false;
      client = await ptys.start({ ...tmux.attach(socket), work_dir: "/", env: {}, size: wanted }, clientListener, grace);
      if (isPaused) client.pause();
    }

    const clientListener: PtyListener = {
      data(bytes) {
        if (!isRaw) begin();
        listener.data(bytes);
      },
      drained: () => listener.drained(),
      ended: () => void follow().catch(() => finish({ kind: "silent" })),
    };

    /** The client is attached. */
    function begin(): void {
      isRaw = true;
      setImmediate(() => listener.drained());
      // A program that ended before had nobody to let go of.
      void tmux.facts(socket).then((facts) => {
        if (exitOf(facts) !== undefined) void client?.stop();
      });
    }

    /** The client has ended: its program has, or its server, or somebody detached it. */
    async function follow(): Promise<void> {
      isRaw = false;
      const facts = await (ending ?? tmux.facts(socket));
      if (hasLeft) return;
      if (ending === undefined && facts.kind !== "gone" && exitOf(facts) === undefined) {
        await delay(REATTACH_MS);
        if (!hasLeft) await attach();
        return;
      }
      if (ending === undefined && facts.kind === "open") {
        // The client's screen is cleared at its end.
        listener.data(Buffer.from(`${await tmux.screen(socket).catch(() => "")}\r\n`));
        await Promise.all([tmux.end(socket, grace), stopSession(facts.pid, grace)]);
      }
      finish(facts);
    }

    function finish(facts: TmuxFacts): void {
      listener.ended({ code: exitOf(facts) });
      settle();
    }

    async function end(): Promise<TmuxFacts> {
      // Also where the server does not answer: without its program it ends by itself.
      await stopSession(pid, grace);
      const last = await tmux.end(socket, grace);
      await client?.stop();
      return last;
    }

    const facts = await tmux.facts(socket);
    if (facts.kind !== "open") throw new Error("The tmux server of this terminal does not answer.");
    const { pid } = facts;
    await attach();

    return {
      pid,
      pause() {
        isPaused = true;
        client?.pause();
      },
      resume() {
        isPaused = false;
        client?.resume();
      },
      write: (bytes) => (isRaw ? (client?.write(bytes) ?? 0) : 0),
      resize(next) {
        wanted = next;
        client?.resize(next);
      },
      signal: (signal) => signalSession(pid, signal),
      async stop() {
        if (hasLeft) return;
        ending ??= end();
        await gone;
      },
    };
  }

  return {
    start,
    async leave() {
      hasLeft = true;
      await client?.stop();
    },
  };
}

function exitOf(facts: TmuxFacts): number | undefined {
  return facts.kind === "open" ? facts.exit_code : undefined;
}
