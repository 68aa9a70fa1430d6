/** The rows of a diff as they are drawn, one below the other or side by side, and their colours run by run. */
import { type Hunk, type PatchLine, type SplitRow, splitRows } from "../../text/patch.ts";
import { colour, type Pieces } from "./pieces.ts";

/** Rows drawn and coloured together: what spans more of them is coloured anew at each. */
export const RUN_ROWS = 100;

export type DiffRow =
  | { readonly kind: "heading"; readonly hunk: Hunk }
  | { readonly kind: "line"; readonly line: PatchLine }
  | { readonly kind: "pair"; readonly pair: SplitRow };

export function rowsOf(hunks: readonly Hunk[], split: boolean): readonly DiffRow[] {
  return hunks.flatMap((hunk, index): readonly DiffRow[] => {
    const heading: readonly DiffRow[] = index > 0 || !isStart(hunk) ? [{ kind: "heading", hunk }] : [];
    const rows: readonly DiffRow[] = split
      ? splitRows(hunk.lines).map((pair) => ({ kind: "pair", pair }))
      : hunk.lines.map((line) => ({ kind: "line", line }));
    return [...heading, ...rows];
  });
}

/** Whether nothing of the file was left out before it. */
function isStart({ before, after }: Hunk): boolean {
  return before <= 1 && after <= 1;
}

export function runsOf(rows: readonly DiffRow[]): readonly (readonly DiffRow[])[] {
  const runs: (readonly DiffRow[])[] = [];
  for (let from = 0; from < rows.length; from += RUN_ROWS) runs.push(rows.slice(from, from + RUN_ROWS));
  return runs;
}

/** The lines of one run, those of each hunk on their own. */
export function colourRows(rows: readonly DiffRow[], language: string | undefined): Pieces {
  const parts: PatchLine[][] = [[]];
  for (const row of rows) {
    if (row.kind === "heading") parts.push([]);
    else parts.at(-1)?.push(...linesOf(row));
  }
  return colour(parts, language);
}

/** A line that did not change stands on both sides. */
function linesOf(row: Exclude<DiffRow, { readonly kind: "heading" }>): readonly PatchLine[] {
  if (row.kind === "line") return [row.line];
  return [...new Set([row.pair.left, row.pair.right])].flatMap((line) => line ?? []);
}
