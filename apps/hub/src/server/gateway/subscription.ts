/**
 * One viewer of one session: first the log to its end, then live, always in ranges that follow each other. It buffers nothing
 * of its own; what it cannot take now it reads later, so a viewer that stalls costs no more than what is already on its way.
 */
import { AppError } from "@fairlead/protocol";
import type { GatewayLog } from "./environment.ts";
import type { Channel, Viewer } from "./fanout.ts";
import type { GatewaySocket } from "./socket.ts";
import type { Piece } from "./wire.ts";

export interface Subscription {
  end(): void;
}

export interface SubscriptionOptions {
  readonly channel: Channel;
  readonly socket: Pick<GatewaySocket, "open" | "lagging" | "sendBytes" | "drained">;
  readonly afterSeq: number;
  readonly log: GatewayLog;
  /** The session is no longer there. The subscription has ended. */
  readonly onGone: (error: AppError) => void;
}

/** Begins to deliver everything after `afterSeq`. The caller has checked that the viewer may read the session. */
export function subscribe(options: SubscriptionOptions): Subscription {
  const { channel, socket, log } = options;
  let sent = options.afterSeq;
  let ended = false;
  let reading = false;
  let caughtUp = false;

  function send(piece: Piece): void {
    socket.sendBytes(piece.bytes);
    sent = piece.to;
  }

  function end(): void {
    ended = true;
    channel.remove(viewer);
  }

  const more = () => !ended && socket.open && sent < channel.head;

  /** Sends pages until nothing is left. */
  async function readPages(): Promise<void> {
    caughtUp = false;
    while (more()) {
      if (socket.lagging) {
        await socket.drained();
        continue;
      }
      const piece = await channel.read(sent);
      if (!more()) return;
      if (piece === undefined || piece.from !== sent + 1) {
        log.warn({ after: sent, head: channel.head, from: piece?.from }, "the log did not go on where a viewer stands; it is asked again");
        return;
      }
      send(piece);
    }
    caughtUp = true;
  }

  async function readOn(): Promise<void> {
    try {
      await readPages();
    } catch (error) {
      if (error instanceof AppError && error.code === "NOT_FOUND") {
        end();
        options.onGone(error);
      } else {
        log.warn({ err: error }, "a viewer could not be served from the log; it is tried again");
      }
    } finally {
      reading = false;
      // Whatever was committed since the last look was not offered while we read.
      if (caughtUp && more()) wake();
    }
  }

  function wake(): void {
    if (reading || !more()) return;
    reading = true;
    void readOn();
  }

  const viewer: Viewer = {
    wake,
    offer(piece) {
      if (reading || ended || piece.to <= sent) return;
      if (piece.from === sent + 1 && !socket.lagging) send(piece);
      else wake();
    },
  };
  channel.add(viewer);
  wake();
  return { end };
}
