/** The lines of an output that still grows: each new piece is looked at once, whatever came before it. */
import { settleLine } from "./lines.ts";

/** What `ChunkedText` of the client package offers. */
interface GrowingText {
  readonly length: number;
  tail(chars: number): string;
}

export interface LineBuffer {
  /** Takes in what the text gained since the last call; an older or equal text changes nothing. */
  grow(text: GrowingText): void;
  /** How many lines there are; a final line end does not make another. */
  count(): number;
  /** Lines `from` (inclusive) to `to` (exclusive), as a terminal would show them. */
  slice(from: number, to: number): readonly string[];
}

export function createLineBuffer(): LineBuffer {
  const lines: string[] = [];
  let open = "";
  let taken = 0;
  const count = () => lines.length + (open === "" && lines.length > 0 ? 0 : 1);
  return {
    grow(text) {
      if (text.length <= taken) return;
      const fresh = text.tail(text.length - taken).slice(taken - text.length);
      taken = text.length;
      const parts = (open + fresh).split("\n");
      open = parts.pop() ?? "";
      for (const part of parts) lines.push(part.endsWith("\r") ? part.slice(0, -1) : part);
    },
    count,
    slice(from, to) {
      const shown = lines.slice(from, to);
      if (to > lines.length && from <= lines.length && count() > lines.length) shown.push(open);
      return shown.map(settleLine);
    },
  };
}
