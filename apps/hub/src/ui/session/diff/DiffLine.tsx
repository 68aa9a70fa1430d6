/** One row of a diff: a line with its numbers, the two sides of one, or what stands between two hunks. */
import { cn } from "../../cn.ts";
import type { Hunk, PatchLine, SplitRow } from "../../text/patch.ts";
import type { DiffRow } from "./diff-rows.ts";
import type { Pieces } from "./pieces.ts";

const SIGNS = { added: "+", removed: "−", same: " " } as const;
const SPOKEN = { added: "added: ", removed: "removed: ", same: "" } as const;

interface DiffRowProps {
  readonly row: DiffRow;
  readonly pieces: Pieces;
}

export function DiffRowView({ row, pieces }: DiffRowProps) {
  if (row.kind === "heading") return <HunkHeading hunk={row.hunk} />;
  if (row.kind === "line") return <UnifiedLine line={row.line} pieces={pieces} />;
  return <SplitLine row={row.pair} pieces={pieces} />;
}

function HunkHeading({ hunk }: { readonly hunk: Hunk }) {
  return (
    <p className="diff-hunk">
      <span aria-hidden>⋯</span> {hunk.heading}
      <span className="sr-only">from line {hunk.after}</span>
    </p>
  );
}

interface LineProps {
  readonly line: PatchLine;
  readonly pieces: Pieces;
}

function UnifiedLine({ line, pieces }: LineProps) {
  return (
    <div className="diff-line" data-kind={line.kind}>
      <LineNumber value={line.before} className="diff-wide" />
      {line.after === null ? <LineNumber value={line.before} className="diff-old" /> : <LineNumber value={line.after} />}
      <Code line={line} pieces={pieces} />
    </div>
  );
}

function SplitLine({ row, pieces }: { readonly row: SplitRow; readonly pieces: Pieces }) {
  return (
    <div className="diff-pair">
      <Side line={row.left} pieces={pieces} />
      <Side line={row.right} pieces={pieces} after />
    </div>
  );
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

function Code({ line, pieces }: LineProps) {
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
