/** One view of a terminal in a holder: its frames wait here for their turn to the hub, no more than the viewer's window lets come. */
import {
  decodeTerminalFrame,
  encodeTerminalFrame,
  renumberTerminalFrame,
  TERMINAL_HEADER_BYTES,
  type TerminalDetachReason,
} from "@fairlead/protocol";
import type { Speaker } from "../hub-link/terminal-turns.ts";
import type { FromHolder, ToHolder } from "./holder-messages.ts";
import type { View, ViewPort } from "./seat.ts";
import type { AttachRequest } from "./terminal.ts";

/** Frames that have left and still stand in the queue. */
const MOST_LEFT = 256;

export interface HolderChannel {
  send(message: ToHolder): void;
  sendBytes(frame: Uint8Array): void;
}

type Attached = Extract<FromHolder, { type: "terminal.attached" }>;

export interface HeldView {
  readonly view: View;
  attached(frame: Attached): void;
  /** A binary frame; its memory is the view's own. */
  take(bytes: Uint8Array): void;
  /** The holder says that it is over: told when all that came before has left. */
  detached(reason: TerminalDetachReason): void;
}

export interface HeldViewOptions {
  readonly session_id: string;
  /** The attachment's number at the holder. */
  readonly number: number;
  readonly request: AttachRequest;
  readonly port: ViewPort;
  readonly channel: HolderChannel;
  /** It is over on this side. */
  readonly onOver: () => void;
}

export function openHeldView({ session_id, number, request, port, channel, onOver }: HeldViewOptions): HeldView {
  /** Frames from `head` on wait; those before it have left. */
  let queue: Uint8Array[] = [];
  let head = 0;
  /** Payload bytes that wait. */
  let waiting = 0;
  let over: TerminalDetachReason | undefined;
  let isClosed = false;

  function close(reason: TerminalDetachReason): void {
    if (isClosed) return;
    isClosed = true;
    clear();
    onOver();
    port.detached(speaker, reason);
  }

  function clear(): void {
    queue = [];
    head = 0;
    waiting = 0;
  }

  /** The first frame, or its beginning where it carries more than may leave now. */
  function next(most: number): Uint8Array | undefined {
    const first = queue[head];
    if (first === undefined) return undefined;
    const { kind, position, payload } = decodeTerminalFrame(first);
    if (payload.length <= most || (kind !== "output" && kind !== "snapshot")) {
      waiting -= payload.length;
      head += 1;
      if (head === queue.length) clear();
      else if (head >= MOST_LEFT) {
        queue = queue.slice(head);
        head = 0;
      }
      return first;
    }
    waiting -= most;
    // All parts of a screen have its one position; output moves on.
    const rest = kind === "output" ? position + most : position;
    queue[head] = encodeTerminalFrame(kind, request.number, rest, payload.subarray(most));
    return encodeTerminalFrame(kind, request.number, position, payload.subarray(0, most));
  }

  const speaker: Speaker = {
    waiting: () => waiting,
    pull(most) {
      const frame = next(most);
      const reason = over;
      if (queue.length === 0 && reason !== undefined) setImmediate(() => close(reason));
      return frame;
    },
  };

  const { viewer_id, terminal_id, offset, may_hold } = request;
  const from = terminal_id === undefined || offset === undefined ? {} : { terminal_id, offset };
  channel.send({ type: "terminal.attach", number, session_id, viewer_id, ...(may_hold === undefined ? {} : { may_hold }), ...from });

  return {
    view: {
      speaker,
      take: ({ kind, position, payload }) => channel.sendBytes(encodeTerminalFrame(kind, number, position, payload)),
      hold: (on) => channel.send({ type: "terminal.hold", number, on }),
      detach() {
        if (isClosed) return;
        channel.send({ type: "terminal.detach", number });
        close("detached");
      },
    },
    attached: ({ terminal_id, cols, rows, offset, taken }) => port.attached({ terminal_id, cols, rows, offset, taken }),
    take(bytes) {
      renumberTerminalFrame(bytes, request.number);
      queue.push(bytes);
      waiting += bytes.length - TERMINAL_HEADER_BYTES;
      port.ready(speaker);
    },
    detached(reason) {
      if (queue.length === 0) close(reason);
      else over = reason;
    },
  };
}
