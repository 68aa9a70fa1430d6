/** The lines of one patch, coloured by syntax, with what changed within a line marked; long ones are cut until somebody wants all. */
"use client";
import { ChevronsUpDown, LoaderCircle } from "lucide-react";
import { memo, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useOpened } from "../../hooks/use-opened.tsx";
import { type Hunk, readPatch } from "../../text/patch.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { DiffRowView } from "./DiffLine.tsx";
import { colourRows, type DiffRow, RUN_ROWS, rowsOf, runsOf } from "./diff-rows.ts";
import { languageOf } from "./highlight.ts";
import { LongDiff } from "./LongDiff.tsx";
import { useWholePatch } from "./use-whole-patch.ts";

/** Lines shown before somebody asks for all of them. */
const SHOWN_LINES = 300;
/** More lines than this are drawn only where they are seen. */
const MOST_DRAWN = 1_000;
/** Read beyond what is shown, so that a replaced line at its end finds the one that replaced it. */
const AHEAD_LINES = 300;

interface DiffLinesProps {
  readonly id: string;
  readonly path: string;
  readonly patch: string;
  readonly split: boolean;
}

export const DiffLines = memo(function DiffLines({ id, path, patch, split }: DiffLinesProps) {
  const [all, setAll] = useOpened(`all ${id}`);
  const count = useMemo(() => readPatch(patch).count, [patch]);
  const long = all && count > MOST_DRAWN;
  const whole = useWholePatch(patch, long);
  const most = all && !long ? count : SHOWN_LINES;
  const runs = useMemo(() => runsOf(rowsOf(readLines(patch, most), split)), [patch, most, split]);
  // One screenful is drawn at once, the rest run by run while the screen answers.
  const drawn = useDeferredValue(runs.length, 1);
  const language = languageOf(path);
  const frame = useRef<HTMLElement>(null);
  const [asked, setAsked] = useState(false);
  const complete = all && (!long || whole !== undefined);
  useEffect(() => {
    // The button that had the focus is gone: the arrow keys go on in what it brought.
    if (asked && complete && document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  }, [asked, complete]);
  if (whole !== undefined) return <LongDiff frame={frame} path={path} hunks={whole} split={split} />;
  return (
    <section ref={frame} {...SCROLLS} aria-label={`Patch of ${path}`} className="diff max-h-[75dvh] overflow-auto overscroll-x-contain">
      {runs.slice(0, drawn).map((run, index) => {
        const key = index * RUN_ROWS;
        return <Run key={key} rows={run} language={language} />;
      })}
      {!complete && count > SHOWN_LINES && (
        <button
          type="button"
          onClick={() => {
            setAsked(true);
            setAll(true);
          }}
          aria-disabled={long}
          className="sticky left-0 flex min-h-11 w-full items-center justify-center gap-2 border-t font-sans text-muted-foreground text-xs hover:bg-accent hover:text-accent-foreground md:min-h-9"
        >
          {long ? (
            <LoaderCircle aria-hidden className="size-3.5 motion-safe:animate-spin" />
          ) : (
            <ChevronsUpDown aria-hidden className="size-3.5" />
          )}{" "}
          Show all {count.toLocaleString("en")} lines
        </button>
      )}
      {count === 0 && <p className="px-3 py-2 font-sans text-muted-foreground text-xs">No lines to show.</p>}
    </section>
  );
});

function readLines(patch: string, most: number): readonly Hunk[] {
  const reader = readPatch(patch);
  reader.read(most + AHEAD_LINES);
  return firstLines(reader.hunks(), most);
}

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

interface RunProps {
  readonly rows: readonly DiffRow[];
  readonly language: string | undefined;
}

/** Rows that the browser lays out together; those far out of sight are left out by it. */
const Run = memo(function Run({ rows, language }: RunProps) {
  const pieces = useMemo(() => colourRows(rows, language), [rows, language]);
  return (
    <div className="diff-chunk">
      {rows.map((row, index) => {
        // Rows have no identity beyond their place.
        const key = index;
        return <DiffRowView key={key} row={row} pieces={pieces} />;
      })}
    </div>
  );
});
