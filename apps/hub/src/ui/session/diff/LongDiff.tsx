/** A patch of thousands of lines in a window of its own, of which only the visible ones are drawn and coloured. */
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useMemo } from "react";
import type { Hunk } from "../../text/patch.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { DiffRowView } from "./DiffLine.tsx";
import { colourRows, type DiffRow, RUN_ROWS, rowsOf } from "./diff-rows.ts";
import { languageOf } from "./highlight.ts";
import type { Pieces } from "./pieces.ts";

/** As diff.css makes it: a row that is as high as was thought costs nothing, any other moves all below it. */
const LINE_PIXELS = 20;
/** Drawn above and below what is seen, for a wheel that is faster than the screen. */
const SPARE_ROWS = 10;

interface LongDiffProps {
  /** Where its own window goes. */
  readonly frame: RefObject<HTMLElement | null>;
  readonly path: string;
  readonly hunks: readonly Hunk[];
  readonly split: boolean;
}

export function LongDiff({ frame, path, hunks, split }: LongDiffProps) {
  const rows = useMemo(() => rowsOf(hunks, split), [hunks, split]);
  const piecesAt = useMemo(() => colourOnDemand(rows, languageOf(path)), [rows, path]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PIXELS,
    overscan: SPARE_ROWS,
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
              <DiffRowView row={row} pieces={piecesAt(index)} />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function colourOnDemand(rows: readonly DiffRow[], language: string | undefined): (index: number) => Pieces {
  const runs = new Map<number, Pieces>();
  return (index) => {
    const run = Math.floor(index / RUN_ROWS);
    const known = runs.get(run);
    if (known !== undefined) return known;
    const pieces = colourRows(rows.slice(run * RUN_ROWS, (run + 1) * RUN_ROWS), language);
    runs.set(run, pieces);
    return pieces;
  };
}
