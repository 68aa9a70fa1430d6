/** The newest output of a terminal's program, by position: what a viewer that comes back has missed. */

export interface Ring {
  /** Position of the oldest byte that is kept. */
  start(): number;
  /** Position after the newest byte: all that was ever appended. */
  end(): number;
  append(bytes: Uint8Array): void;
  /** Up to `most` bytes from a position that is kept: a view that holds until the next `append`. */
  slice(position: number, most: number): Uint8Array;
}

/** A first small piece of memory, so that an idle terminal does not cost a whole ring (bytes). */
const FIRST_BYTES = 16 * 1024;

/**
 * Keeps the newest `capacity` bytes; the first that comes has the position `first`. Memory grows to that as it is needed; an append copies
 * its bytes once.
 */
export function createRing(capacity: number, first = 0): Ring {
  let memory = Buffer.allocUnsafe(Math.min(FIRST_BYTES, capacity));
  /** How many bytes came. */
  let end = 0;

  /** While all that came fits, the bytes lie from index 0 on; the memory grows before it has to wrap. */
  function grow(needed: number): void {
    if (needed <= memory.length || memory.length === capacity) return;
    const larger = Buffer.allocUnsafe(Math.min(capacity, Math.max(needed, memory.length * 2)));
    memory.copy(larger, 0, 0, end);
    memory = larger;
  }

  return {
    start: () => first + Math.max(0, end - memory.length),
    end: () => first + end,
    append(bytes) {
      if (end <= memory.length) grow(end + bytes.length);
      const size = memory.length;
      const kept = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes;
      const at = (end + bytes.length - kept.length) % size;
      const first = Math.min(kept.length, size - at);
      memory.set(first === kept.length ? kept : kept.subarray(0, first), at);
      if (first < kept.length) memory.set(kept.subarray(first), 0);
      end += bytes.length;
    },
    slice(position, most) {
      const size = memory.length;
      const from = position - first;
      const at = from % size;
      const length = Math.min(most, end - from, size - at);
      return memory.subarray(at, at + length);
    },
  };
}
