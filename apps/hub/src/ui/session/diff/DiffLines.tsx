/** The lines of one patch, coloured by syntax, with what changed within a line marked; long ones are cut until somebody wants all. */
"use client";
import { ChevronsUpDown } from "lucide-react";
import { memo, useMemo } from "react";
import { useOpened } from "../../hooks/use-opened.tsx";
import { type Hunk, parsePatch, splitRows } from "../../text/patch.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { HunkHeading, isStart, SplitLine, UnifiedLine } from "./DiffLine.tsx";
import { languageOf } from "./highlight.ts";
import { LongDiff } from "./LongDiff.tsx";
import { colour, type Pieces } from "./pieces.ts";

/** Lines shown before somebody asks for all of them. */
const SHOWN_LINES = 300;
/** More lines than this are drawn only where they are seen. */
const MOST_DRAWN = 1_000;
/** Lines that the browser lays out together; those far out of sight are left out by it. */
const CHUNK_LINES = 120;

interface DiffLinesProps {
  readonly id: string;
  readonly path: string;
  readonly patch: string;
  readonly split: boolean;
}

export const DiffLines = memo(function DiffLines({ id, path, patch, split }: DiffLinesProps) {
  const [all, setAll] = useOpened(`all ${id}`);
  const hunks = useMemo(() => parsePatch(patch), [patch]);
  const count = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const long = all && count > MOST_DRAWN;
  const shown = useMemo(() => (all && !long ? hunks : firstLines(hunks, SHOWN_LINES)), [hunks, all, long]);
  const pieces = useMemo(
    () =>
      colour(
        shown.map(({ lines }) => lines),
        languageOf(path),
      ),
    [shown, path],
  );
  if (long) return <LongDiff path={path} hunks={hunks} split={split} />;
  return (
    <section {...SCROLLS} aria-label={`Patch of ${path}`} className="diff max-h-[75dvh] overflow-auto overscroll-x-contain">
      {shown.map((hunk, index) => (
        <div key={`${hunk.before} ${hunk.after}`}>
          {(index > 0 || !isStart(hunk)) && <HunkHeading hunk={hunk} />}
          {split ? <SplitHunk hunk={hunk} pieces={pieces} /> : <UnifiedHunk hunk={hunk} pieces={pieces} />}
        </div>
      ))}
      {!all && count > SHOWN_LINES && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="sticky left-0 flex min-h-11 w-full items-center justify-center gap-2 border-t font-sans text-muted-foreground text-xs hover:bg-accent hover:text-accent-foreground md:min-h-9"
        >
          <ChevronsUpDown aria-hidden className="size-3.5" /> Show all {count.toLocaleString("en")} lines
        </button>
      )}
      {count === 0 && <p className="px-3 py-2 font-sans text-muted-foreground text-xs">No lines to show.</p>}
    </section>
  );
});

function firstLines(hunks: readonly Hunk[], most: number): readonly Hunk[] {
  const shown: Hunk[] = [];
  let left = most;
  for (const hunk of hunks) {
    if (left <= 0) break;
    shown.push(hunk.lines.length <= left ? hunk : { ...hunk, lines: hunk.lines.slice(0, left) });
    left -= hunk.lines.length;
  }
  return shown;
}

function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const cut: T[][] = [];
  for (let from = 0; from < rows.length; from += CHUNK_LINES) cut.push(rows.slice(from, from + CHUNK_LINES));
  return cut;
}

interface HunkProps {
  readonly hunk: Hunk;
  readonly pieces: Pieces;
}

function UnifiedHunk({ hunk, pieces }: HunkProps) {
  return chunks(hunk.lines).map((lines, index) => {
    const key = index;
    return (
      <div key={key} className="diff-chunk">
        {lines.map((line) => (
          <UnifiedLine key={`${line.before} ${line.after}`} line={line} pieces={pieces} />
        ))}
      </div>
    );
  });
}

function SplitHunk({ hunk, pieces }: HunkProps) {
  const rows = useMemo(() => splitRows(hunk.lines), [hunk]);
  return chunks(rows).map((part, index) => {
    const key = index;
    return (
      <div key={key} className="diff-chunk">
        {part.map((row) => (
          <SplitLine key={`${row.left?.before} ${row.right?.after}`} row={row} pieces={pieces} />
        ))}
      </div>
    );
  });
}
