/** Keeps terminals in tmux: finds those that a runtime before this one left there, and shows each in a terminal of this process. */
import { existsSync } from "node:fs";
import { idSchema } from "@fairlead/protocol";
import { z } from "zod";
import type { Logger } from "../log.ts";
import type { PtyStarter } from "../process/pty.ts";
import type { Tmux, TmuxFacts } from "../process/tmux.ts";
import type { HeldTerminal } from "./holder-messages.ts";
import { secureSocketFolder, tmuxSocket, tmuxSockets } from "./holder-socket.ts";
import type { Keeper, KeptSpec } from "./keeper.ts";
import { openLocalSeat } from "./local-seat.ts";
import type { Recorder } from "./recorder.ts";
import type { Seat, SeatListener } from "./seat.ts";
import { createTmuxPty, type TmuxPtyStarter } from "./tmux-pty.ts";

/**
 * Each runtime numbers a terminal's output from here times its place among them: what tmux draws anew is no output that a viewer had
 * before. That is room for more than a program writes, and for 32,768 restarts.
 */
const RUN_BYTES = 2 ** 38;
/** Of a command line so much is kept for the next runtime to tell of: words, and characters of each. */
const MOST_WORDS = 16;
const WORD_CHARS = 256;

/** What a runtime leaves with the server for the next one. */
const noteSchema = z.object({
  session_id: idSchema,
  endpoint_id: idSchema,
  terminal_id: idSchema,
  command: z.array(z.string()),
  work_dir: z.string(),
  ring: z.number().int().min(1),
  scrollback: z.number().int().min(0),
  idle_timeout: z.number().min(1).optional(),
  /** Counts the runtimes that showed it. */
  run: z.number().int().min(0),
});
type Note = z.infer<typeof noteSchema>;

export interface TmuxKeeperOptions {
  readonly tmux: Tmux;
  readonly data_dir: string;
  readonly ptys: PtyStarter;
  readonly recorder: Recorder;
  /** Why there can be none, or undefined. */
  readonly fault: () => Promise<string | undefined>;
  /** Grace between hang-up, TERM and KILL (ms). */
  readonly stop_grace: number;
  readonly log: Logger;
}

type OpenFacts = Extract<TmuxFacts, { kind: "open" }>;

interface Kept {
  readonly socket: string;
  readonly note: Note;
}

interface Shown {
  readonly seat: Seat;
  readonly pty: TmuxPtyStarter;
}

export function createTmuxKeeper(options: TmuxKeeperOptions): Keeper {
  const { tmux, data_dir, stop_grace, log } = options;
  const shown = new Map<string, Shown>();
  /** What a runtime before this one left, by the terminal's id. */
  const left = new Map<string, Kept & { readonly facts: OpenFacts }>();
  /** Orders to servers that nobody waits for. */
  const orders = new Set<Promise<void>>();
  /** Sockets of servers that did not answer. */
  const silent = new Set<string>();

  function order(work: Promise<unknown>): void {
    const done = work.then(
      () => undefined,
      (error: unknown) => log.warn({ reason: String(error) }, "tmux did not do as it was told"),
    );
    orders.add(done);
    void done.finally(() => orders.delete(done));
  }

  /** Shows what the server runs. */
  async function show({ socket, note }: Kept, { size, isRecorded }: Pick<OpenFacts, "size" | "isRecorded">, listener: SeatListener) {
    const { session_id, terminal_id, command, work_dir, ring, scrollback, idle_timeout } = note;
    const [file = "", ...args] = command;
    const pty = createTmuxPty({ tmux, socket, ptys: options.ptys });
    const remember = (on: boolean) => order(tmux.remember(socket, { isRecorded: on }));
    const local = await openLocalSeat(
      {
        session_id,
        terminal_id,
        size,
        setup: { command: file, args, work_dir, env: {}, ring, scrollback, idle_timeout, record: isRecorded, keep: "tmux" },
      },
      {
        ended(end) {
          shown.delete(terminal_id);
          listener.ended(end.reason === "lost" ? { ...end, error: "The tmux server that kept this terminal has ended." } : end);
        },
        recordingFailed(reason) {
          remember(false);
          listener.recordingFailed(reason);
        },
      },
      { ptys: pty, recorder: options.recorder, stop_grace, first: note.run * RUN_BYTES },
    );
    const seat: Seat = {
      ...local,
      record(on) {
        local.record(on);
        remember(on);
      },
    };
    shown.set(terminal_id, { seat: local, pty });
    return seat;
  }

  async function look(socket: string): Promise<HeldTerminal[]> {
    const facts = await tmux.facts(socket);
    const note = facts.kind === "open" ? readNote(facts.note) : undefined;
    if (facts.kind === "open" && note !== undefined) {
      left.set(note.terminal_id, { socket, note, facts });
      return [describe(note, facts)];
    }
    if (facts.kind === "gone") await tmux.end(socket, stop_grace);
    else {
      silent.add(socket);
      log.error({ socket }, "a tmux server of this runtime's terminals does not answer; it is left alone");
    }
    return [];
  }

  return {
    find: async () => (await Promise.all(tmuxSockets(data_dir).map(look))).flat(),
    elsewhere(sessionId) {
      const isSilent = sessionId === undefined ? silent.size > 0 : silent.has(tmuxSocket(data_dir, sessionId));
      if (!isSilent) return undefined;
      return "The tmux server that keeps it does not answer; what runs there is ended when the runtime starts again and it does.";
    },
    async open({ session_id, endpoint_id, terminal_id, size, setup }: KeptSpec, listener) {
      const fault = await options.fault();
      if (fault !== undefined) throw new Error(fault);
      const socket = tmuxSocket(data_dir, session_id);
      secureSocketFolder(socket);
      const { work_dir, ring, scrollback, idle_timeout, record } = setup;
      const command = [setup.command, ...setup.args].slice(0, MOST_WORDS).map((word) => word.slice(0, WORD_CHARS));
      const note: Note = { session_id, endpoint_id, terminal_id, command, work_dir, ring, scrollback, idle_timeout, run: 0 };
      // What was told of as failed or lost may live on there.
      const earlier = existsSync(socket) ? await tmux.end(socket, stop_grace) : undefined;
      if (earlier?.kind === "silent") throw new Error("The tmux server of this session's last terminal does not answer; end it first.");
      try {
        await tmux.start(socket, { ...setup, size, note: writeNote(note), isRecorded: record });
        return await show({ socket, note }, { size, isRecorded: record }, listener);
      } catch (error) {
        order(tmux.end(socket, stop_grace));
        throw error;
      }
    },
    async adopt({ terminal_id }, listener) {
      const kept = left.get(terminal_id);
      if (kept === undefined) throw new Error("tmux does not keep this terminal.");
      left.delete(terminal_id);
      const { socket, facts } = kept;
      const note = { ...kept.note, run: kept.note.run + 1 };
      try {
        await tmux.remember(socket, { note: writeNote(note) });
        const seat = await show({ socket, note }, facts, listener);
        if (facts.isRecorded) seat.record(true);
        return seat;
      } catch (error) {
        silent.add(socket);
        throw error;
      }
    },
    forget(terminalId) {
      const kept = left.get(terminalId);
      left.delete(terminalId);
      if (kept !== undefined) order(tmux.end(kept.socket, stop_grace));
    },
    async stop() {
      await Promise.all(
        [...shown.values()].map(async ({ seat, pty }) => {
          await pty.leave();
          seat.record(false);
        }),
      );
      await Promise.all(orders);
    },
  };
}

function describe({ session_id, endpoint_id, terminal_id, command, work_dir }: Note, { size, exit_code }: OpenFacts): HeldTerminal {
  const end = exit_code === undefined ? {} : { end: { reason: "exit" as const, exit: { code: exit_code } } };
  return { session_id, endpoint_id, terminal_id, command, work_dir, ...size, ...end };
}

/** In an alphabet that means nothing to tmux. */
function writeNote(note: Note): string {
  return Buffer.from(JSON.stringify(note)).toString("base64url");
}

function readNote(text: string): Note | undefined {
  try {
    return noteSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    // A server that is not this runtime's, or a newer one's.
    return undefined;
  }
}
