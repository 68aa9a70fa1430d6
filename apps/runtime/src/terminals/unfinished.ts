/** What of a stream's newest bytes is the beginning of something: an escape sequence or a character whose rest has not come yet. */

const ESC = 0x1b;
/** Bytes of a sequence that are looked for; a string (a picture, a clipboard) that began before is passed over up to its end. */
const LOOKED_AT = 64 * 1024;

export interface RecentBytes {
  add(bytes: Uint8Array): void;
  /**
   * The bytes that bring an emulator between sequences to where the stream stands. `parsing`: the emulator's state, 0 between sequences,
   * 8 in an OSC string.
   */
  unfinished(parsing: number): Uint8Array;
}

export function createRecentBytes(): RecentBytes {
  let chunks: Uint8Array[] = [];
  let size = 0;

  return {
    add(bytes) {
      chunks.push(bytes);
      size += bytes.length;
      while (chunks.length > 1 && size - (chunks[0]?.length ?? 0) >= LOOKED_AT) size -= chunks.shift()?.length ?? 0;
      // Many small chunks become one, so that each costs the same.
      if (chunks.length > 512) chunks = [Buffer.concat(chunks)];
    },
    unfinished(parsing) {
      const recent = Buffer.concat(chunks);
      if (parsing === 0) return unfinishedCharacter(recent);
      const start = lastIntroducer(recent);
      // An unknown string of the same kind swallows the rest of one whose beginning is gone.
      if (start === -1) return Buffer.from(parsing === 8 ? "\x1b]7777;" : "\x1bPz");
      const sequence = recent.subarray(start);
      return isString(parsing) ? sequence : withoutControls(sequence);
    },
  };
}

function isString(parsing: number): boolean {
  return parsing >= 7;
}

/** Where the sequence that the bytes end in begins: at the last ESC, or at the last 8-bit introducer (in UTF-8: C2 9x). */
function lastIntroducer(bytes: Buffer): number {
  const introducer = bytes.lastIndexOf(ESC);
  for (let at = bytes.lastIndexOf(0xc2); at > introducer; at = at === 0 ? -1 : bytes.lastIndexOf(0xc2, at - 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && [0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f].includes(next)) return at;
  }
  return introducer;
}

/** Control characters within a sequence have had their effect already. */
function withoutControls(sequence: Buffer): Buffer {
  return Buffer.from(sequence.filter((byte, index) => index === 0 || byte >= 0x20));
}

/** The first bytes of a UTF-8 character whose last ones are missing. */
function unfinishedCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte < 0xf5 && needed > back ? bytes.subarray(bytes.length - back) : Buffer.alloc(0);
  }
  return Buffer.alloc(0);
}
