/** The end of a command's output: as much as its limit allows, beginning with a whole character. */

/** Pieces are joined up to this size (bytes), so that a command that writes letter by letter makes few of them. */
const PIECE_BYTES = 16 * 1024;

export interface KeptOutput {
  add(text: string): void;
  text(): string;
  /** Whether something before it went. */
  isCut(): boolean;
}

/** `limit`: bytes of UTF-8. */
export function createKeptOutput(limit: number): KeptOutput {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isCut = false;

  function cutFirst(): void {
    const [first = Buffer.alloc(0)] = pieces;
    let start = Math.min(bytes - limit, first.length);
    while (start < first.length && ((first[start] ?? 0) & 0xc0) === 0x80) start += 1;
    if (start === first.length) pieces.shift();
    else pieces[0] = first.subarray(start);
    bytes -= start;
  }

  return {
    add(text) {
      const piece = Buffer.from(text);
      const last = pieces.at(-1);
      if (last !== undefined && last.length + piece.length <= PIECE_BYTES) pieces[pieces.length - 1] = Buffer.concat([last, piece]);
      else pieces.push(piece);
      bytes += piece.length;
      if (bytes > limit) isCut = true;
      while (bytes > limit) cutFirst();
    },
    text: () => Buffer.concat(pieces).toString(),
    isCut: () => isCut,
  };
}
