/** One connection to a holder: dialled, understood, and spoken on until it breaks. */
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import type { Logger } from "../log.ts";
import type { HolderChannel } from "./held-view.ts";
import { speakFrames } from "./holder-frames.ts";
import { type FromHolder, fromHolderSchema, type HeldTerminal } from "./holder-messages.ts";
import { secureSocketFolder } from "./holder-socket.ts";

/** How long a holder may take to say what it holds, and to let go of the line (ms). */
const LIST_MS = 5_000;
const LEAVE_MS = 1_000;

export interface HolderLine extends HolderChannel {
  /** The holder's process, where it says so. */
  readonly pid: number | undefined;
  readonly terminals: readonly HeldTerminal[];
  /** Lets go of it; settles when it is closed. */
  leave(): Promise<void>;
}

export interface HolderPlace {
  /** Its socket. */
  readonly path: string;
  /** How long it may take to say what it holds (ms); default: five seconds. */
  readonly limit?: number;
  readonly log: Logger;
}

export interface HolderListener {
  take(message: FromHolder): void;
  /** A binary frame; its memory is the listener's own. */
  takeBytes(frame: Uint8Array): void;
  /** A line that stood is gone, by itself or by `leave`. */
  closed(): void;
}

/** Connects; undefined: no holder answers. Rejects when somebody else may be behind the socket. */
export async function dialHolder({ path, limit = LIST_MS, log }: HolderPlace, listener: HolderListener): Promise<HolderLine | undefined> {
  if (!existsSync(path)) return undefined;
  secureSocketFolder(path);
  return new Promise((resolve) => {
    let stands = false;
    const socket = createConnection(path);
    const late = setTimeout(() => socket.destroy(), limit);
    const frames = speakFrames(socket, {
      json(value) {
        const message = fromHolderSchema.safeParse(value);
        if (!message.success) log.warn({ reason: message.error.message }, "cannot read a message of the holder");
        else if (message.data.type === "list") begin(message.data);
        else listener.take(message.data);
      },
      bytes: listener.takeBytes,
      broken(reason) {
        log.error({ reason }, "the holder is not understood");
        socket.destroy();
      },
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(late);
      resolve(undefined);
      if (stands) listener.closed();
    });

    function begin({ pid, terminals }: Extract<FromHolder, { type: "list" }>): void {
      clearTimeout(late);
      stands = true;
      resolve({
        pid,
        terminals,
        send: (message) => frames.sendJson(message),
        sendBytes: (frame) => frames.sendBytes(frame),
        async leave() {
          frames.sendJson({ type: "leave" });
          await new Promise<void>((gone) => {
            const tooLate = setTimeout(() => socket.destroy(), LEAVE_MS);
            socket.once("close", () => {
              clearTimeout(tooLate);
              gone();
            });
            socket.end();
          });
        },
      });
    }
  });
}
