/** One view of a terminal: where it stands in the output, how much more it may be sent, and the frames that come next. */
import {
  encodeTerminalFrame,
  encodeTerminalSize,
  type FrameMemory,
  MAX_TERMINAL_PAYLOAD_BYTES,
  TERMINAL_WINDOW_BYTES,
} from "@fairlead/protocol";
import type { PacedViewer } from "./pace.ts";
import type { Answerer } from "./questions.ts";
import type { Ring } from "./ring.ts";
import type { Snapshot } from "./screen.ts";
import type { SizeLog } from "./size-log.ts";

/**
 * That keys were taken is told after this pause (ms), for several at once, or after so many bytes: what they do to the screen goes before
 * it, and each frame wakes two more processes.
 */
const TELL_MS = 20;
const TELL_BYTES = 4 * 1024;

export interface ViewerOptions {
  readonly number: number;
  readonly viewer_id: string;
  readonly may_hold: boolean;
  /** What the viewer has drawn already; undefined: nothing. */
  readonly offset: number | undefined;
  readonly ring: Ring;
  readonly sizes: SizeLog;
  /** Draws the screen as text; rejects when the terminal is gone. */
  readonly snapshot: () => Promise<Snapshot>;
  /** There is something to pull. */
  readonly onReady: () => void;
  /** Output between what it was sent and the screen that it is sent now is left out. */
  readonly onSkip: () => void;
  /** It was just sent the last there is. */
  readonly onEven: () => void;
}

export interface Viewer extends PacedViewer, Answerer {
  readonly number: number;
  readonly viewer_id: string;
  /** Payload bytes that may leave now. */
  waiting(): number;
  /** The next frame, with at most `most` payload bytes; undefined: nothing may leave now. */
  pull(most: number, memory?: FrameMemory): Uint8Array | undefined;
  /** The viewer has drawn this many payload bytes since it was attached. A number it cannot have drawn is ignored. */
  credit(drawn: number): void;
  /** The program was given this viewer's input before `position`. */
  taken(position: number): void;
  /** Whether it was sent all there is. */
  isEven(): boolean;
  close(): void;
}

export function createViewer(options: ViewerOptions): Viewer {
  const { number, ring, sizes, onReady } = options;
  /** Position of the next byte of output to send; undefined: it needs the screen first. */
  let next = options.offset !== undefined && options.offset >= ring.start() && options.offset <= ring.end() ? options.offset : undefined;
  let sent = 0;
  let drawn = 0;
  /** What was written before is nothing new to it. */
  const liveFrom = ring.end();
  /** Output is sent without a hole from this position on, before which so many payload bytes were sent; undefined: the screen comes first. */
  let stretch = next === undefined ? undefined : { position: next, sent: 0 };
  /** The newest output that it was never sent. */
  let gap = { from: 0, to: 0 };
  /** Parts of the screen that were not sent. */
  let parts: Uint8Array[] = [];
  let drawing: "none" | "asked" | "sending" = "none";
  /** How much of its input was taken, how much of that it was told, and when it is told more. */
  let taken = 0;
  let told = 0;
  let telling: NodeJS.Timeout | undefined;
  let isTelling = false;
  let resetFrame: Uint8Array | undefined;
  let closed = false;
  /** The change of size that the viewer was told last. */
  let sized = next === undefined ? 0 : sizes.at(next).serial - 1;

  /** Fallen behind the ring, or never had anything: asks for the screen once there is room to send it. */
  function askForScreen(): void {
    if (drawing === "asked" || room() <= 0) return;
    drawing = "asked";
    parts = [];
    options.snapshot().then(
      (snapshot) => {
        if (closed) return;
        gap = { from: next ?? 0, to: snapshot.position };
        stretch = undefined;
        next = snapshot.position;
        sized = snapshot.size_serial;
        parts = snapshot.parts.slice();
        resetFrame = encodeTerminalFrame("reset", number, snapshot.position, encodeTerminalSize(snapshot.size));
        drawing = "sending";
        options.onSkip();
        onReady();
      },
      () => {
        // The terminal is gone, and its viewers with it.
      },
    );
  }

  function room(): number {
    return TERMINAL_WINDOW_BYTES - (sent - drawn);
  }

  /** What is not bound to the window. */
  function control(): Uint8Array | undefined {
    if (isTelling) {
      isTelling = false;
      told = taken;
      return encodeTerminalFrame("taken", number, told);
    }
    const frame = resetFrame;
    resetFrame = undefined;
    return frame;
  }

  function payload(kind: "output" | "snapshot", position: number, bytes: Uint8Array, memory: FrameMemory | undefined): Uint8Array {
    sent += bytes.length;
    return encodeTerminalFrame(kind, number, position, bytes, memory);
  }

  function part(position: number, most: number, memory: FrameMemory | undefined): Uint8Array | undefined {
    const [first] = parts;
    const length = Math.min(most, room());
    if (first === undefined || length <= 0) return undefined;
    if (first.length <= length) parts.shift();
    else parts[0] = first.subarray(length);
    const frame = payload("snapshot", position, first.subarray(0, length), memory);
    if (parts.length === 0) {
      drawing = "none";
      stretch = { position, sent };
    }
    return frame;
  }

  function output(position: number, most: number, memory: FrameMemory | undefined): Uint8Array | undefined {
    const change = sizes.after(sized);
    if (change !== undefined && change.position <= position) {
      sized = change.serial;
      return encodeTerminalFrame("size", number, position, encodeTerminalSize(change.size));
    }
    const length = Math.min(most, room(), (change?.position ?? Number.POSITIVE_INFINITY) - position);
    if (length <= 0) return undefined;
    const bytes = ring.slice(position, length);
    if (bytes.length === 0) return undefined;
    next = position + bytes.length;
    return payload("output", position, bytes, memory);
  }

  function body(most: number, memory: FrameMemory | undefined): Uint8Array | undefined {
    if (next === undefined || next < ring.start()) {
      askForScreen();
      return undefined;
    }
    return drawing === "sending" ? part(next, most, memory) : output(next, most, memory);
  }

  function isEven(): boolean {
    return drawing === "none" && told === taken && next === ring.end() && sizes.after(sized) === undefined;
  }

  function tell(): void {
    clearTimeout(telling);
    telling = undefined;
    isTelling = true;
    onReady();
  }

  function behind(): number {
    return ring.end() - (next ?? ring.start());
  }

  return {
    number,
    viewer_id: options.viewer_id,
    may_hold: options.may_hold,
    waiting: () => Math.max(0, Math.min(room(), drawing === "sending" ? TERMINAL_WINDOW_BYTES : behind())),
    pull(most, memory) {
      if (closed) return undefined;
      const frame = control() ?? (drawing === "asked" ? undefined : body(Math.min(most, MAX_TERMINAL_PAYLOAD_BYTES), memory));
      if (frame !== undefined && isEven()) options.onEven();
      return frame;
    },
    credit(total) {
      if (total <= drawn || total > sent) return;
      drawn = total;
      onReady();
    },
    taken(position) {
      taken = position;
      if (taken - told >= TELL_BYTES) tell();
      else telling ??= setTimeout(tell, TELL_MS);
    },
    behind,
    drawn: () => drawn,
    undrawn: () => sent - drawn + parts.reduce((sum, { length }) => sum + length, 0),
    isWaiting: () => drawing === "asked",
    isEven,
    fate(position) {
      if (position <= liveFrom || (position > gap.from && position <= gap.to)) return "never";
      const to = stretch !== undefined && drawn >= stretch.sent ? stretch.position + drawn - stretch.sent : 0;
      return position <= to ? "drawn" : "coming";
    },
    close() {
      closed = true;
      clearTimeout(telling);
      parts = [];
    },
  };
}
