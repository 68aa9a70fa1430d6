/** This runtime's side of its holder: finds one that lives, starts one when it is needed, and tells when it is gone. */
import { existsSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { decodeTerminalFrame } from "@fairlead/protocol";
import type { Answer } from "../hub-link/requests.ts";
import type { Logger } from "../log.ts";
import { createHeldSeat, type HeldSeat, type Waiting } from "./held-seat.ts";
import type { HeldView, HolderChannel } from "./held-view.ts";
import { type FrameSocket, speakFrames } from "./holder-frames.ts";
import { type FromHolder, fromHolderSchema, type HeldTerminal } from "./holder-messages.ts";
import { secureSocketFolder } from "./holder-socket.ts";
import type { KeptRecording } from "./recording-file.ts";
import type { Seat, SeatEnd, SeatListener, SeatSpec } from "./seat.ts";

/** How long a holder may take to start, to say what it holds, and to let go of the line (ms). */
const START_MS = 30_000;
const LIST_MS = 5_000;
const LEAVE_MS = 1_000;
const POLL_MS = 20;

export interface HolderLinkOptions {
  readonly socket: string;
  /** Starts a holder. */
  readonly start: () => Promise<void>;
  /** The environment of which programs get the allow-listed part. */
  readonly env: Readonly<Record<string, string>>;
  /** Grace between hang-up, TERM and KILL (ms). */
  readonly stop_grace: number;
  readonly onRecorded: (recording: KeptRecording) => void;
  /** No holder lives: what one left running may be ended. */
  readonly onLost: () => void;
  readonly log: Logger;
}

export interface HolderLink {
  /** Connects to a holder that lives; tells what it holds. Nothing without one. */
  find(): Promise<readonly HeldTerminal[]>;
  /** Opens a terminal there, starting the holder if need be; rejects with an Error for people. */
  open(spec: SeatSpec & { readonly endpoint_id: string }, listener: SeatListener): Promise<Seat>;
  /** Goes on with a terminal that was found running. */
  adopt(found: HeldTerminal, listener: SeatListener): Seat;
  /** Ends a terminal that was found if it runs, and its memory there. */
  forget(terminalId: string): void;
  /** Leaves the holder with what it holds. */
  stop(): Promise<void>;
}

export function createHolderLink(options: HolderLinkOptions): HolderLink {
  const { log } = options;
  const seats = new Map<string, HeldSeat>();
  const views = new Map<number, HeldView>();
  const opening = new Map<string, Waiting<void>>();
  const asked = new Map<string, Waiting<Answer>>();
  let line: { readonly socket: Socket; readonly frames: FrameSocket } | undefined;
  let connecting: Promise<void> | undefined;
  let count = 0;
  let stopping = false;

  const channel: HolderChannel = {
    send: (message) => line?.frames.sendJson(message),
    sendBytes: (frame) => line?.frames.sendBytes(frame),
  };

  /** Resolves with what it holds, or undefined when no holder answers; rejects when somebody else may be behind the socket. */
  async function connect(): Promise<readonly HeldTerminal[] | undefined> {
    if (!existsSync(options.socket)) return undefined;
    secureSocketFolder(options.socket);
    return new Promise((resolve) => {
      const socket = createConnection(options.socket);
      const late = setTimeout(() => socket.destroy(), LIST_MS);
      const frames = speakFrames(socket, {
        json(value) {
          const message = fromHolderSchema.safeParse(value);
          if (!message.success) {
            log.warn({ reason: message.error.message }, "cannot read a message of the holder");
            return;
          }
          if (message.data.type !== "list") {
            take(message.data);
            return;
          }
          clearTimeout(late);
          line = { socket, frames };
          resolve(message.data.terminals);
        },
        bytes: takeBytes,
        broken(reason) {
          log.error({ reason }, "the holder is not understood");
          socket.destroy();
        },
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        clearTimeout(late);
        resolve(undefined);
        if (line?.socket === socket) lose();
      });
    });
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
        return;
      case "failed":
        settle(opening, message.terminal_id)?.reject(new Error(message.error));
        return;
      case "ended":
        leave(message.terminal_id, message.end);
        return;
      case "recording.failed": {
        const seat = seats.get(message.terminal_id);
        if (seat === undefined) return;
        seat.isRecorded = false;
        seat.listener.recordingFailed(message.error);
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

  function lose(): void {
    line = undefined;
    const error = new Error("The holder of this runtime's terminals has ended.");
    for (const waiting of [...opening.values(), ...asked.values()]) waiting.reject(error);
    opening.clear();
    asked.clear();
    // Nothing is lost that was left on purpose: its viewers find it again.
    if (stopping) return;
    tellLost();
    options.onLost();
    for (const view of [...views.values()]) view.detached("ended");
  }

  function tellLost(): void {
    if (seats.size > 0) log.error({ terminals: seats.size }, "the holder of the terminals has ended; they are lost");
    for (const terminalId of [...seats.keys()]) leave(terminalId, { reason: "lost" });
  }

  async function ensure(): Promise<void> {
    if (line !== undefined || (await connect()) !== undefined) return;
    await options.start();
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await delay(POLL_MS)) {
      if ((await connect()) !== undefined) return;
    }
    throw new Error("The process that holds terminals does not start.");
  }

  function occupy({ session_id, terminal_id }: Pick<HeldTerminal, "session_id" | "terminal_id">, listener: SeatListener): HeldSeat {
    const seat = createHeldSeat({ session_id, terminal_id, listener, line: { channel, views, asked, nextNumber } });
    seats.set(terminal_id, seat);
    return seat;
  }

  function nextNumber(): number {
    count = (count + 1) % 2 ** 32;
    return count;
  }

  return {
    async find() {
      const found = await connect().catch((error: unknown) => void log.error({ reason: describe(error) }, "the holder is not asked"));
      if (found === undefined) options.onLost();
      return found ?? [];
    },
    async open(spec, listener) {
      connecting ??= ensure().finally(() => {
        connecting = undefined;
      });
      await connecting;
      const { terminal_id } = spec;
      const { seat } = occupy(spec, listener);
      try {
        await new Promise<void>((resolve, reject) => {
          opening.set(terminal_id, { resolve, reject });
          const { setup, size, session_id, endpoint_id } = spec;
          const { env, stop_grace } = options;
          const { idle_timeout, ...rest } = setup;
          const idle = idle_timeout === undefined ? {} : { idle_timeout };
          const order = { ...rest, ...idle, args: [...setup.args], env: { ...setup.env } };
          channel.send({ type: "open", session_id, endpoint_id, terminal_id, size, setup: order, env: { ...env }, stop_grace });
        });
      } catch (error) {
        seats.delete(terminal_id);
        throw error;
      }
      return seat;
    },
    adopt(found, listener) {
      const occupied = occupy(found, listener);
      occupied.isRecorded = found.recording !== undefined;
      return occupied.seat;
    },
    forget: (terminal_id) => channel.send({ type: "forget", terminal_id }),
    async stop() {
      stopping = true;
      if (line === undefined) return;
      const { socket, frames } = line;
      frames.sendJson({ type: "leave" });
      await new Promise<void>((resolve) => {
        const late = setTimeout(() => socket.destroy(), LEAVE_MS);
        socket.once("close", () => {
          clearTimeout(late);
          resolve();
        });
        socket.end();
      });
    },
  };
}

function settle<K, T>(waiting: Map<K, Waiting<T>>, key: K): Waiting<T> | undefined {
  const found = waiting.get(key);
  waiting.delete(key);
  return found;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
