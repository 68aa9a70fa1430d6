/** A text that grows by pieces: appending costs the piece alone, joining happens only when somebody reads. */

/** Immutable to its users: `append` gives a new text, and every older one still reads as before. */
export class ChunkedText {
  static readonly EMPTY = new ChunkedText([], 0, 0);

  readonly length: number;
  /** Shared by all texts that grew from each other; each looks only at its first `#count` pieces. */
  readonly #pieces: string[];
  readonly #count: number;
  /** What was joined before this text grew out of it, so that reading after each piece does not join everything again. */
  #joined: string;
  #joinedCount: number;

  private constructor(pieces: string[], count: number, length: number, joined = "", joinedCount = 0) {
    this.#pieces = pieces;
    this.#count = count;
    this.length = length;
    this.#joined = joined;
    this.#joinedCount = joinedCount;
  }

  static of(text: string): ChunkedText {
    return ChunkedText.EMPTY.append(text);
  }

  append(piece: string): ChunkedText {
    if (piece === "") return this;
    // Only the newest text may push into the shared array; one that somebody grew in another direction starts its own.
    const mayShare = this.#pieces.length === this.#count && this !== ChunkedText.EMPTY;
    const pieces = mayShare ? this.#pieces : this.#pieces.slice(0, this.#count);
    pieces.push(piece);
    return new ChunkedText(pieces, this.#count + 1, this.length + piece.length, this.#joined, this.#joinedCount);
  }

  /** The whole text; joined once. */
  toString(): string {
    if (this.#joinedCount < this.#count) {
      this.#joined += this.#pieces.slice(this.#joinedCount, this.#count).join("");
      this.#joinedCount = this.#count;
    }
    return this.#joined;
  }

  /** At least the last `chars` characters (all of a shorter text), without joining the rest. */
  tail(chars: number): string {
    let from = this.#count;
    let length = 0;
    while (from > 0 && length < chars) {
      from -= 1;
      length += this.#pieces[from]?.length ?? 0;
    }
    return this.#pieces.slice(from, this.#count).join("");
  }
}
