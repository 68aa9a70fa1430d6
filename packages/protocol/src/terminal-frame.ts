/** Binary frames of both sockets: terminal bytes, each with its kind, the terminal's number on that socket, and a 64-bit position. */
import { AppError } from "./errors.ts";
import { MAX_TERMINAL_COLS, MAX_TERMINAL_PAYLOAD_BYTES, MAX_TERMINAL_ROWS } from "./limits.ts";

/** kind (1 byte), number (4), position (8), all big-endian; then the payload. */
export const TERMINAL_HEADER_BYTES = 13;

/**
 * What a frame carries. From the runtime to the viewer: `output`, `size`, `reset`, `snapshot`, `taken`; from the viewer to the
 * runtime: `input`, `resize`, `credit`.
 */
export const TERMINAL_FRAME = {
  /** Bytes of the program. Position: that of the first byte in all that the program ever wrote. */
  output: 1,
  /** The terminal has another size (payload: a size) from this position of the output on. */
  size: 2,
  /** Forget the screen: what follows draws it anew as it stood at this position. Payload: the size it had. */
  reset: 3,
  /** A part of the text that draws the screen after a `reset`. Position: as in that `reset`. */
  snapshot: 4,
  /** The program was given all input of this viewer before this position. */
  taken: 5,
  /** Keys and pastes. Position: how many bytes this viewer sent before, over all its attachments. */
  input: 16,
  /** The viewer that holds the terminal wants another size. Payload: a size. */
  resize: 17,
  /** The viewer has drawn this many payload bytes of `output` and `snapshot` since it was attached. */
  credit: 18,
} as const;
export type TerminalFrameKind = keyof typeof TERMINAL_FRAME;

const NAMES = new Map<number, TerminalFrameKind>(Object.entries(TERMINAL_FRAME).map(([name, code]) => [code, name as TerminalFrameKind]));

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export interface TerminalFrame {
  readonly kind: TerminalFrameKind;
  /** The attachment, as the side that attached numbered it. */
  readonly number: number;
  readonly position: number;
  /** A view of the frame's own bytes. */
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The memory a frame is made in: `size` bytes. */
export type FrameMemory = (size: number) => Uint8Array;
const newMemory: FrameMemory = (size) => new Uint8Array(size);

/** Makes one frame. `position` and `number` must be safe integers from 0; the number has 32 bits. */
export function encodeTerminalFrame(
  kind: TerminalFrameKind,
  number: number,
  position: number,
  payload: Uint8Array = NOTHING,
  memory: FrameMemory = newMemory,
): Uint8Array {
  const bytes = memory(TERMINAL_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(0, TERMINAL_FRAME[kind]);
  view.setUint32(1, number);
  view.setUint32(5, Math.floor(position / 2 ** 32));
  view.setUint32(9, position >>> 0);
  bytes.set(payload, TERMINAL_HEADER_BYTES);
  return bytes;
}

/** Reads one frame. Throws INVALID_INPUT for what is none: too short, too long, an unknown kind, a position beyond 2^53. */
export function decodeTerminalFrame(bytes: Uint8Array): TerminalFrame {
  if (bytes.length < TERMINAL_HEADER_BYTES) throw new AppError("INVALID_INPUT", "the binary frame is shorter than its header");
  if (bytes.length > TERMINAL_HEADER_BYTES + MAX_TERMINAL_PAYLOAD_BYTES) {
    throw new AppError("INVALID_INPUT", `the binary frame carries more than ${MAX_TERMINAL_PAYLOAD_BYTES} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = NAMES.get(view.getUint8(0));
  if (kind === undefined) throw new AppError("INVALID_INPUT", `there is no binary frame of kind ${view.getUint8(0)}`);
  const position = view.getUint32(5) * 2 ** 32 + view.getUint32(9);
  if (!Number.isSafeInteger(position)) throw new AppError("INVALID_INPUT", "the position of the binary frame is too large");
  return { kind, number: view.getUint32(1), position, payload: bytes.subarray(TERMINAL_HEADER_BYTES) };
}

/** Gives a frame another number, in place: all that a relay changes. */
export function renumberTerminalFrame(bytes: Uint8Array, number: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(1, number);
}

/** A size as a payload: columns and rows, 16 bits each. */
export function encodeTerminalSize({ cols, rows }: TerminalSize): Uint8Array {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.min(cols, 65_535));
  view.setUint16(2, Math.min(rows, 65_535));
  return bytes;
}

/** Reads a size, brought into what a terminal may have. Throws INVALID_INPUT when it is not 4 bytes. */
export function decodeTerminalSize(payload: Uint8Array): TerminalSize {
  if (payload.length !== 4) throw new AppError("INVALID_INPUT", "a terminal's size has 4 bytes");
  const view = new DataView(payload.buffer, payload.byteOffset, 4);
  return fitTerminalSize({ cols: view.getUint16(0), rows: view.getUint16(2) });
}

/** The nearest size that a terminal may have: a size of 0 or of 10,000 harms programs and costs memory. */
export function fitTerminalSize({ cols, rows }: TerminalSize): TerminalSize {
  return { cols: Math.min(Math.max(cols, 2), MAX_TERMINAL_COLS), rows: Math.min(Math.max(rows, 1), MAX_TERMINAL_ROWS) };
}
