/** A patch of thousands of lines in a window of its own, of which only the visible ones are drawn and coloured. */
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { type Hunk, type PatchLine, type SplitRow, splitRows } from "../../text/patch.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { HunkHeading, isStart, SplitLine, UnifiedLine } from "./DiffLine.tsx";
import { languageOf } from "./highlight.ts";
import { colour, type Pieces } from "./pieces.ts";

const LINE_PIXELS = 20;
/** Rows coloured together: what spans more of them is coloured anew at each. */
const RUN_ROWS = 200;

type Row =
  | { readonly kind: "heading"; readonly hunk: Hunk }
  | { readonly kind: "line"; readonly line: PatchLine }
  | { readonly kind: "pair"; readonly pair: SplitRow };

interface LongDiffProps {
  readonly path: string;
  readonly hunks: readonly Hunk[];
  readonly split: boolean;
}

export function LongDiff({ path, hunks, split }: LongDiffProps) {
  const frame = useRef<HTMLElement>(null);
  const rows = useMemo(() => rowsOf(hunks, split), [hunks, split]);
  const piecesAt = useMemo(() => colourOnDemand(rows, languageOf(path)), [rows, path]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PIXELS,
    overscan: 20,
  });
  return (
    <section ref={frame} {...SCROLLS} aria-label={`Patch of ${path}`} className="diff max-h-[75dvh] overflow-auto overscroll-x-contain">
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${start}px)` }}
            >
              {row.kind === "heading" && <HunkHeading hunk={row.hunk} />}
              {row.kind === "line" && <UnifiedLine line={row.line} pieces={piecesAt(index)} />}
              {row.kind === "pair" && <SplitLine row={row.pair} pieces={piecesAt(index)} />}
            </div>
          );
        })}
      </div>
    </section>
  );
}

function rowsOf(hunks: readonly Hunk[], split: boolean): readonly Row[] {
  return hunks.flatMap((hunk, index): readonly Row[] => {
    const heading: readonly Row[] = index > 0 || !isStart(hunk) ? [{ kind: "heading", hunk }] : [];
    const rows: readonly Row[] = split
      ? splitRows(hunk.lines).map((pair) => ({ kind: "pair", pair }))
      : hunk.lines.map((line) => ({ kind: "line", line }));
    return [...heading, ...rows];
  });
}

function colourOnDemand(rows: readonly Row[], language: string | undefined): (index: number) => Pieces {
  const runs = new Map<number, Pieces>();
  return (index) => {
    const run = Math.floor(index / RUN_ROWS);
    const known = runs.get(run);
    if (known !== undefined) return known;
    const lines = rows.slice(run * RUN_ROWS, (run + 1) * RUN_ROWS).flatMap(linesOf);
    const pieces = colour([lines], language);
    runs.set(run, pieces);
    return pieces;
  };
}

/** A line that did not change stands on both sides. */
function linesOf(row: Row): readonly PatchLine[] {
  if (row.kind === "heading") return [];
  if (row.kind === "line") return [row.line];
  return [...new Set([row.pair.left, row.pair.right])].flatMap((line) => line ?? []);
}
