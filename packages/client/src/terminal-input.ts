/** What was typed and the program was not given yet: numbered by bytes, sent again from where the runtime stands, bounded. */

/** Input that may wait (bytes). At it nothing more is taken. */
export const MAX_WAITING_INPUT_BYTES = 64 * 1024;

export interface InputPiece {
  /** Bytes of this viewer before it, over all its attachments. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface InputQueue {
  /** Bytes that wait. */
  readonly waiting: number;
  /** Takes all of it, or none of it: false when there is no room. */
  push(bytes: Uint8Array): boolean;
  /** What was not sent yet, to be sent now. Nothing before the runtime has said where it stands. */
  unsent(): InputPiece | undefined;
  /** The program was given all before this position. */
  taken(position: number): void;
  /** A new attachment: the runtime stands at this position, and what was sent after it must be sent again. */
  resume(position: number): void;
  /** What was sent may have been ignored: send it again, what was taken is skipped by its position. */
  repeat(): void;
  /** Gives back all that waits: what is pushed from now on takes its place. */
  withdraw(): Uint8Array;
  /** Forgets all: what waits was meant for a program that has ended. Nothing is sent until the next `resume`. */
  drop(): void;
}

const NOTHING = new Uint8Array(0);

export function createInputQueue(): InputQueue {
  let bytes: Uint8Array = NOTHING;
  /** Position of the first waiting byte; undefined: the runtime has not said yet. */
  let base: number | undefined;
  let sent = 0;

  return {
    get waiting() {
      return bytes.length;
    },
    push(more) {
      if (bytes.length + more.length > MAX_WAITING_INPUT_BYTES) return false;
      bytes = join(bytes, more);
      return true;
    },
    unsent() {
      if (base === undefined || sent === bytes.length) return undefined;
      const piece = { position: base + sent, bytes: bytes.subarray(sent) };
      sent = bytes.length;
      return piece;
    },
    taken(position) {
      if (base === undefined || position <= base) return;
      const count = Math.min(position - base, sent);
      bytes = bytes.subarray(count);
      sent -= count;
      base += count;
    },
    resume(position) {
      const known = base !== undefined && position >= base && position <= base + sent;
      // Where the runtime forgot this viewer, or another view with its id typed, nobody can tell what became of what was sent:
      // a command typed twice does more harm than one that is missing.
      bytes = bytes.subarray(known ? position - (base ?? 0) : sent);
      base = position;
      sent = 0;
    },
    repeat() {
      sent = 0;
    },
    withdraw() {
      const all = bytes;
      bytes = NOTHING;
      sent = 0;
      return all;
    },
    drop() {
      bytes = NOTHING;
      base = undefined;
      sent = 0;
    },
  };
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
