/** The lines of one patch, coloured by syntax, with what changed within a line marked; long ones are cut until somebody wants all. */
"use client";
import { ChevronsUpDown } from "lucide-react";
import { memo, useMemo } from "react";
import { cn } from "../../cn.ts";
import { useOpened } from "../../hooks/use-opened.tsx";
import { type Hunk, type PatchLine, parsePatch, splitRows } from "../../text/patch.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { highlightLines, languageOf, markPieces, type Piece } from "./highlight.ts";

/** Lines shown before somebody asks for all of them. */
const SHOWN_LINES = 300;
/** Lines that the browser lays out together; those far out of sight are left out by it. */
const CHUNK_LINES = 120;

interface DiffLinesProps {
  readonly id: string;
  readonly path: string;
  readonly patch: string;
  readonly split: boolean;
}

/** One line as it is drawn. */
type Pieces = ReadonlyMap<PatchLine, readonly Piece[]>;

export const DiffLines = memo(function DiffLines({ id, path, patch, split }: DiffLinesProps) {
  const [all, setAll] = useOpened(`all ${id}`);
  const hunks = useMemo(() => parsePatch(patch), [patch]);
  const count = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const shown = useMemo(() => (all ? hunks : firstLines(hunks, SHOWN_LINES)), [hunks, all]);
  const pieces = useMemo(() => colour(shown, languageOf(path)), [shown, path]);
  return (
    <section {...SCROLLS} aria-label={`Patch of ${path}`} className="diff max-h-[75dvh] overflow-auto overscroll-x-contain">
      {shown.map((hunk, index) => (
        <div key={`${hunk.before} ${hunk.after}`}>
          {(index > 0 || hunk.before > 1 || hunk.after > 1) && (
            <p className="diff-hunk">
              <span aria-hidden>⋯</span> {hunk.heading}
              <span className="sr-only">from line {hunk.after}</span>
            </p>
          )}
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

/** Colours both sides of each hunk on their own, as the two files read. */
function colour(hunks: readonly Hunk[], language: string | undefined): Pieces {
  const pieces = new Map<PatchLine, readonly Piece[]>();
  for (const { lines } of hunks) {
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

function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const cut: T[][] = [];
  for (let from = 0; from < rows.length; from += CHUNK_LINES) cut.push(rows.slice(from, from + CHUNK_LINES));
  return cut;
}

const SIGNS = { added: "+", removed: "−", same: " " } as const;
const SPOKEN = { added: "added: ", removed: "removed: ", same: "" } as const;

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
          <div key={`${line.before} ${line.after}`} className="diff-line" data-kind={line.kind}>
            <LineNumber value={line.before} className="diff-wide" />
            {line.after === null ? <LineNumber value={line.before} className="diff-old" /> : <LineNumber value={line.after} />}
            <Code line={line} pieces={pieces} />
          </div>
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
          <div key={`${row.left?.before} ${row.right?.after}`} className="diff-pair">
            <Side line={row.left} pieces={pieces} />
            <Side line={row.right} pieces={pieces} after />
          </div>
        ))}
      </div>
    );
  });
}

interface SideProps {
  readonly line: PatchLine | null;
  readonly pieces: Pieces;
  readonly after?: boolean;
}

function Side({ line, pieces, after = false }: SideProps) {
  if (line === null) return <div className="diff-line diff-nothing" aria-hidden />;
  return (
    <div className="diff-line" data-kind={line.kind} aria-hidden={after && line.kind === "same" ? true : undefined}>
      <LineNumber value={after ? line.after : line.before} />
      <Code line={line} pieces={pieces} />
    </div>
  );
}

function LineNumber({ value, className = "" }: { readonly value: number | null; readonly className?: string }) {
  return (
    <span aria-hidden className={cn("diff-number", className)}>
      {value}
    </span>
  );
}

function Code({ line, pieces }: { readonly line: PatchLine; readonly pieces: Pieces }) {
  return (
    <code className="diff-code">
      <span aria-hidden className="diff-sign">
        {SIGNS[line.kind]}
      </span>
      <span className="sr-only">{SPOKEN[line.kind]}</span>
      {(pieces.get(line) ?? []).map(({ text, className }, index) => {
        // Pieces have no identity beyond their place.
        const key = index;
        return className === "" ? (
          text
        ) : (
          <span key={key} className={className}>
            {text}
          </span>
        );
      })}
    </code>
  );
}
