/**
 * This runtime's side of its holder: finds one that lives, starts one when it is needed, dials again when the line to it breaks, and tells
 * when it is gone.
 */
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { decodeTerminalFrame } from "@fairlead/protocol";
import type { Answer } from "../hub-link/requests.ts";
import type { Logger } from "../log.ts";
import { isProcessAlive } from "../process/group.ts";
import { createHeldSeat, type HeldSeat, type Waiting } from "./held-seat.ts";
import type { HeldView, HolderChannel } from "./held-view.ts";
import { dialHolder, type HolderLine } from "./holder-line.ts";
import type { FromHolder, HeldTerminal, ToHolder } from "./holder-messages.ts";
import type { Keeper } from "./keeper.ts";
import type { KeptRecording } from "./recording-file.ts";
import type { SeatEnd, SeatListener } from "./seat.ts";

/** How long a holder may take to start (ms), and how often it is looked for. */
const START_MS = 30_000;
const POLL_MS = 20;
/** A holder that lives is dialled again with growing pauses when its line broke or it does not answer, for so long at most (ms). */
const MEND_MS = 30_000;
const LONGEST_PAUSE_MS = 1_000;
/** A runtime that starts waits for it so long at most (ms): its agents are away meanwhile. */
const FIND_MS = 2_000;
/** Messages kept meanwhile. */
const MOST_UNSENT = 4_096;

export interface HolderLinkOptions {
  readonly socket: string;
  /** Starts a holder. */
  readonly start: () => Promise<void>;
  /** The pid of this runtime's holder, while it lives. */
  readonly living: () => number | undefined;
  /** The pid of a holder that another version of the runtime started, while it lives. */
  readonly stranger: () => number | undefined;
  /** The environment of which programs get the allow-listed part. */
  readonly env: Readonly<Record<string, string>>;
  /** Grace between hang-up, TERM and KILL (ms). */
  readonly stop_grace: number;
  /** Of all recordings together, those of this process included. */
  readonly max_recordings_bytes: number;
  readonly onRecorded: (recording: KeptRecording) => void;
  /** No holder answers: what one that died left running may be ended. */
  readonly onLost: () => void;
  readonly log: Logger;
}

export function createHolderLink(options: HolderLinkOptions): Keeper {
  const { log } = options;
  const seats = new Map<string, HeldSeat>();
  const views = new Map<number, HeldView>();
  const opening = new Map<string, Waiting<void>>();
  const asked = new Map<string, Waiting<Answer>>();
  let line: HolderLine | undefined;
  let starting: Promise<void> | undefined;
  /** A line that broke is being dialled again. */
  let mending: Promise<void> | undefined;
  let unsent: ToHolder[] = [];
  let count = 0;
  let stopping = false;

  const channel: HolderChannel = {
    send(message) {
      if (line !== undefined) line.send(message);
      else if (mending !== undefined && unsent.length < MOST_UNSENT) unsent.push(message);
    },
    sendBytes: (frame) => line?.sendBytes(frame),
  };

  /** Resolves with what it holds, or undefined when no holder answers; rejects when somebody else may be behind the socket. */
  async function connect(limit?: number): Promise<readonly HeldTerminal[] | undefined> {
    line = await dialHolder({ path: options.socket, limit, log }, { take, takeBytes, closed });
    return line?.terminals;
  }

  function takeBytes(bytes: Uint8Array): void {
    try {
      views.get(decodeTerminalFrame(bytes).number)?.take(bytes);
    } catch (error) {
      log.warn({ reason: describe(error) }, "cannot read a binary frame of the holder");
    }
  }

  function take(message: FromHolder): void {
    switch (message.type) {
      case "opened":
        settle(opening, message.terminal_id)?.resolve();
        // Nobody waits any more for one that was opened too late.
        if (!seats.has(message.terminal_id)) channel.send({ type: "forget", terminal_id: message.terminal_id });
        return;
      case "failed":
        settle(opening, message.terminal_id)?.reject(new Error(message.error));
        return;
      case "ended":
        leave(message.terminal_id, message.end);
        return;
      case "recording.failed": {
        const seat = seats.get(message.terminal_id);
        if (seat !== undefined) failRecording(seat, message.error);
        return;
      }
      case "recorded":
        options.onRecorded(message.recording);
        return;
      case "response": {
        const { type: _, id, ...answer } = message;
        settle(asked, id)?.resolve(answer);
        return;
      }
      case "terminal.attached":
        views.get(message.number)?.attached(message);
        return;
      case "terminal.detached":
        views.get(message.number)?.detached(message.reason);
        return;
      default:
        return;
    }
  }

  function leave(terminalId: string, end: SeatEnd): void {
    const seat = seats.get(terminalId);
    if (seat === undefined) return;
    seats.delete(terminalId);
    seat.listener.ended(end);
    // Its end stands in the log: the holder need not keep it.
    channel.send({ type: "forget", terminal_id: terminalId });
    seat.settle();
  }

  /** The line is gone. Views end and are asked for again from where they stood; the rest waits for the next line. */
  function closed(): void {
    const pid = line?.pid;
    line = undefined;
    refuse(asked, "The connection to the holder of this runtime's terminals broke; ask again.");
    if (stopping) {
      // Nothing is lost that was left on purpose: its viewers find it again.
      refuse(opening, "The runtime is stopping.");
      return;
    }
    mending = mend(pid, [...views.values()]).finally(() => {
      mending = undefined;
      unsent = [];
    });
  }

  /** `cut`: views that were on the line. */
  async function mend(pid: number | undefined, cut: readonly HeldView[]): Promise<void> {
    let pause = POLL_MS;
    // A process that dies closes its sockets a little before it is gone.
    await delay(POLL_MS);
    if (pid === undefined || isProcessAlive(pid)) for (const view of cut) view.detached("away");
    for (const deadline = performance.now() + MEND_MS; performance.now() < deadline; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const found = await connect().catch((error: unknown) => void log.error({ reason: describe(error) }, "the holder is not asked"));
      if (stopping) {
        await line?.leave();
        return;
      }
      if (found !== undefined) {
        log.warn({ terminals: found.length }, "the line to the holder broke and stands again");
        goOn(found);
        return;
      }
      if (pid === undefined || !isProcessAlive(pid)) break;
      await delay(pause);
    }
    lose();
  }

  /** Settles what was being opened while the line broke, and tells what that was. */
  function settleOpening(listed: ReadonlyMap<string, HeldTerminal>): ReadonlySet<string> {
    const fresh = new Set(opening.keys());
    for (const terminalId of fresh) {
      const waiting = settle(opening, terminalId);
      if (listed.has(terminalId)) {
        waiting?.resolve();
        continue;
      }
      seats.delete(terminalId);
      waiting?.reject(new Error("The connection to the holder broke before the terminal was open; try again."));
    }
    return fresh;
  }

  /** Brings both sides together after a line on which anything may have been lost. */
  function goOn(found: readonly HeldTerminal[]): void {
    const listed = new Map(found.map((terminal) => [terminal.terminal_id, terminal]));
    const fresh = settleOpening(listed);
    for (const [terminalId, seat] of [...seats]) {
      const terminal = listed.get(terminalId);
      if (terminal === undefined) leave(terminalId, { reason: "lost" });
      else if (terminal.end !== undefined) leave(terminalId, terminal.end);
      // Whoever opened it says next whether it is recorded.
      else if (!fresh.has(terminalId)) settleRecording(seat, terminal);
      if (seat.isStopping) channel.send({ type: "stop", terminal_id: terminalId });
    }
    const unknown = [...listed.keys()].filter((terminalId) => !seats.has(terminalId));
    for (const terminalId of unknown) channel.send({ type: "forget", terminal_id: terminalId });
    for (const message of unsent.splice(0)) channel.send(message);
  }

  function settleRecording(seat: HeldSeat, { terminal_id, recording, recording_fault }: HeldTerminal): void {
    if (seat.isRecorded === (recording !== undefined)) return;
    if (recording_fault === undefined) channel.send({ type: "record", terminal_id, on: seat.isRecorded });
    else failRecording(seat, recording_fault);
  }

  function failRecording(seat: HeldSeat, reason: string): void {
    seat.isRecorded = false;
    seat.listener.recordingFailed(reason);
  }

  /** The holder is gone and all it held, or it lives and does not answer. */
  function lose(): void {
    const away = elsewhere();
    const reason = away ?? "The holder of this runtime's terminals has ended.";
    for (const terminalId of opening.keys()) seats.delete(terminalId);
    refuse(opening, reason);
    refuse(asked, reason);
    tellLost(away);
    options.onLost();
    for (const view of [...views.values()]) view.detached("ended");
  }

  function tellLost(error: string | undefined): void {
    if (seats.size > 0)
      log.error({ terminals: seats.size, reason: error ?? "it has ended" }, "the holder of the terminals is lost, and they with it");
    for (const terminalId of [...seats.keys()]) leave(terminalId, { reason: "lost", error });
  }

  function elsewhere(): string | undefined {
    // One that answered told of all it holds.
    const pid = line === undefined ? options.living() : undefined;
    if (pid !== undefined)
      return `The process ${pid}, which holds this runtime's terminals, does not answer; what it holds is ended when the next such terminal is opened after it answers again, or after a day.`;
    const stranger = options.stranger();
    if (stranger === undefined) return undefined;
    return `Another version of the runtime left terminals to the process ${stranger}, with which this version cannot speak; they run on there until it is ended.`;
  }

  async function ensure(): Promise<void> {
    if (line !== undefined) return;
    const found = await connect();
    if (found !== undefined) {
      goOn(found);
      return;
    }
    // Its programs are somebody's work, and its socket is the only way to it.
    if (options.living() !== undefined) throw new Error(elsewhere());
    await options.start();
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await delay(POLL_MS)) {
      if ((await connect()) !== undefined) return;
    }
    throw new Error("The process that holds terminals does not start.");
  }

  /** Undefined: none lives. Rejects with an Error for people when one does, and does not answer or has no socket to be asked by. */
  async function search(): Promise<readonly HeldTerminal[] | undefined> {
    let pause = POLL_MS;
    for (const deadline = performance.now() + FIND_MS; ; pause *= 2) {
      const found = await connect(deadline - performance.now());
      if (found !== undefined || options.living() === undefined) return found;
      if (!existsSync(options.socket) || performance.now() + pause > deadline) throw new Error(elsewhere());
      await delay(pause);
    }
  }

  function occupy({ session_id, terminal_id }: Pick<HeldTerminal, "session_id" | "terminal_id">, listener: SeatListener): HeldSeat {
    const seat = createHeldSeat({ session_id, terminal_id, listener, desk: { channel, views, asked, nextNumber } });
    seats.set(terminal_id, seat);
    return seat;
  }

  function nextNumber(): number {
    count = (count + 1) % 2 ** 32;
    return count;
  }

  return {
    async find() {
      const found = await search().catch((error: unknown) => void log.error({ reason: describe(error) }, "the holder is not asked"));
      if (found === undefined) options.onLost();
      return found ?? [];
    },
    elsewhere,
    async open(spec, listener) {
      await mending;
      starting ??= ensure().finally(() => {
        starting = undefined;
      });
      await starting;
      const { terminal_id } = spec;
      const { seat } = occupy(spec, listener);
      try {
        await new Promise<void>((resolve, reject) => {
          opening.set(terminal_id, { resolve, reject });
          const { setup, size, session_id, endpoint_id } = spec;
          const { env, stop_grace, max_recordings_bytes } = options;
          const { idle_timeout, ...rest } = setup;
          const idle = idle_timeout === undefined ? {} : { idle_timeout };
          const order = { ...rest, ...idle, args: [...setup.args], env: { ...setup.env } };
          channel.send({
            type: "open",
            session_id,
            endpoint_id,
            terminal_id,
            size,
            setup: order,
            env: { ...env },
            stop_grace,
            max_recordings_bytes,
          });
        });
      } catch (error) {
        seats.delete(terminal_id);
        throw error;
      }
      return seat;
    },
    async adopt(found, listener) {
      const occupied = occupy(found, listener);
      occupied.isRecorded = found.recording !== undefined;
      return occupied.seat;
    },
    forget: (terminal_id) => channel.send({ type: "forget", terminal_id }),
    async stop() {
      stopping = true;
      await line?.leave();
      await mending;
    },
  };
}

function settle<K, T>(waiting: Map<K, Waiting<T>>, key: K): Waiting<T> | undefined {
  const found = waiting.get(key);
  waiting.delete(key);
  return found;
}

function refuse<K, T>(waiting: Map<K, Waiting<T>>, reason: string): void {
  for (const { reject } of waiting.values()) reject(new Error(reason));
  waiting.clear();
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
