/** The lines of a patch cut into the pieces in which they are drawn: by syntax, and by what changed within a line. */
import type { PatchLine } from "../../text/patch.ts";
import { highlightLines, markPieces, type Piece } from "./highlight.ts";

export type Pieces = ReadonlyMap<PatchLine, readonly Piece[]>;

/** Colours both sides of each run of lines on their own, as the two files read. */
export function colour(runs: readonly (readonly PatchLine[])[], language: string | undefined): Pieces {
  const pieces = new Map<PatchLine, readonly Piece[]>();
  for (const lines of runs) {
    for (const side of ["removed", "added"] as const) {
      const own = lines.filter((line) => line.kind === "same" || line.kind === side);
      const rows = highlightLines(
        own.map((line) => line.text),
        language,
      );
      for (const [index, line] of own.entries()) {
        const plain: readonly Piece[] = [{ text: line.text, className: "" }];
        const row = rows?.[index] ?? plain;
        pieces.set(line, line.mark === undefined ? row : markPieces(row, line.mark, "diff-mark"));
      }
    }
  }
  return pieces;
}
