/**
 * The holder: a process that keeps terminals while its runtime is away. To the runtime it is what the runtime is to the hub: the same
 * frames, over a socket that only this user can reach.
 */
import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createRequestDesk } from "../hub-link/requests.ts";
import { createTerminalTurns } from "../hub-link/terminal-turns.ts";
import type { Logger } from "../log.ts";
import { createPtyStarter } from "../process/pty.ts";
import { openGroupRecord } from "../process/sweep.ts";
import { createAttachments } from "./attachments.ts";
import { createHeldTerminals } from "./held-terminals.ts";
import { type FrameSocket, speakFrames } from "./holder-frames.ts";
import { type FromHolder, HOLDER_VERSION, type ToHolder, toHolderSchema } from "./holder-messages.ts";
import { holderFolder, secureSocketFolder } from "./holder-socket.ts";
import type { KeptRecording } from "./recording-file.ts";
import { createTerminalDesk } from "./terminal-desk.ts";

/** A holder that holds nothing ends when no runtime came for this long (ms). */
const EMPTY_MS = 10_000;
/** Terminals end when no runtime came for this long (ms). */
const ALONE_MS = 24 * 3_600_000;
/** Recordings kept to be told of; a runtime that starts finds all others by itself. */
const MOST_UNSENT = 1_000;

export interface HolderOptions {
  readonly socket: string;
  readonly data_dir: string;
  readonly log: Logger;
  /** It holds nothing, and nobody wants it any more. */
  readonly onDone: () => void;
  /** ms; default: ten seconds, and a day. */
  readonly empty?: number;
  readonly alone?: number;
}

export interface Holder {
  /** Ends all terminals and closes the socket. */
  stop(): Promise<void>;
}

/** Opens the socket. Rejects when that cannot be. */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const { socket: path, data_dir, log, empty = EMPTY_MS, alone = ALONE_MS } = options;
  const instance = randomUUID();
  const groups = openGroupRecord(holderFolder(data_dir), instance);
  let connected: { readonly socket: Socket; readonly frames: FrameSocket } | undefined;
  /** Recordings that were finished while no runtime was connected: one that only lost its line does not look for them. */
  const unsent: KeptRecording[] = [];
  let leaving: NodeJS.Timeout | undefined;
  let isDone = false;

  function send(message: FromHolder): boolean {
    connected?.frames.sendJson(message);
    return connected !== undefined;
  }

  const terminals = createHeldTerminals({
    ptys: (env) => createPtyStarter({ instance, env, groups }),
    recordings: join(data_dir, "recordings"),
    onEnded: (terminal_id, end) => send({ type: "ended", terminal_id, end }),
    onRecordingFailed: (terminal_id, error) => send({ type: "recording.failed", terminal_id, error }),
    onRecorded(recording) {
      if (!send({ type: "recorded", recording }) && unsent.length < MOST_UNSENT) unsent.push(recording);
    },
  });
  const turns = createTerminalTurns();
  const views = createAttachments({ terminal: terminals.running, turns, send, log });
  const none = createTerminalDesk({ running: () => undefined });
  const requests = createRequestDesk({
    endpoints: new Map(),
    terminals: { answer: (request) => (terminals.running(request.session_id) ?? none).answer(request) },
    send,
  });

  function take(message: ToHolder): void {
    switch (message.type) {
      case "open": {
        const { terminal_id } = message;
        terminals.open(message).then(
          () => {
            send({ type: "opened", terminal_id });
            const ended = terminals.list().find((listed) => listed.terminal_id === terminal_id)?.end;
            if (ended !== undefined) send({ type: "ended", terminal_id, end: ended });
          },
          (error: unknown) => send({ type: "failed", terminal_id, error: error instanceof Error ? error.message : String(error) }),
        );
        return;
      }
      case "stop":
        void terminals.stop(message.terminal_id);
        return;
      case "record":
        terminals.record(message.terminal_id, message.on);
        return;
      case "forget":
        terminals.forget(message.terminal_id);
        return;
      case "request":
        requests.take(message);
        return;
      case "terminal.attach":
        views.attach(message);
        return;
      case "terminal.detach":
        views.detach(message.number);
        return;
      case "terminal.hold":
        views.hold(message);
        return;
      case "leave":
        if (terminals.count() === 0) finish();
        return;
      default:
        return;
    }
  }

  function connect(socket: Socket): void {
    // The newest is right: the lock of the data directory lets only one runtime run.
    if (connected !== undefined) disconnect(connected.socket);
    clearTimeout(leaving);
    const frames = speakFrames(socket, {
      json(value) {
        const message = toHolderSchema.safeParse(value);
        if (!message.success) {
          log.warn({ reason: message.error.message }, "cannot read a message of the runtime");
          return;
        }
        try {
          take(message.data);
        } catch (error) {
          // Whatever went wrong with one order, the other terminals are none the worse for it.
          log.error({ reason: error instanceof Error ? error.message : String(error) }, "an order of the runtime fails");
        }
      },
      bytes: (frame) => views.take(frame),
      broken: () => socket.destroy(),
    });
    connected = { socket, frames };
    socket.on("error", () => socket.destroy());
    socket.on("close", () => disconnect(socket));
    send({ type: "list", version: HOLDER_VERSION, pid: process.pid, terminals: terminals.list() });
    for (const recording of unsent.splice(0)) send({ type: "recorded", recording });
    turns.attach((frame, done) => frames.sendBytes(frame, done));
  }

  function disconnect(socket: Socket): void {
    if (connected?.socket !== socket) return;
    connected = undefined;
    turns.detach();
    views.drop();
    socket.destroy();
    waitAlone();
  }

  /** Looks again and again, for the last terminal may end while no runtime is there. */
  function waitAlone(since = performance.now()): void {
    clearTimeout(leaving);
    const isTooLong = performance.now() - since >= alone;
    if (isTooLong) void terminals.stopAll().then(finish);
    else leaving = setTimeout(() => (terminals.count() === 0 ? finish() : waitAlone(since)), Math.min(empty, alone));
  }

  const server = createServer(connect);

  function finish(): void {
    if (isDone) return;
    isDone = true;
    clearTimeout(leaving);
    groups.clear();
    // To close it removes what lies in its place, which may be a later holder's.
    if (inodeOf(path) === own) server.close();
    else server.unref();
    connected?.socket.destroy();
    options.onDone();
  }

  secureSocketFolder(path);
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const own = inodeOf(path);
  waitAlone();

  return {
    async stop() {
      await terminals.stopAll();
      finish();
    },
  };
}

/** Tells a file from others in its place; undefined: there is none. */
function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}
