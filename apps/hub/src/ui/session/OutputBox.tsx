/** A box of terminal output: one line stands beside its label, long outputs are folded, very long ones scroll in a window of their own. */
"use client";
import { ChevronsDownUp, ChevronsUpDown } from "lucide-react";
import { cn } from "../cn.ts";
import { useOpened } from "../hooks/use-opened.tsx";
import type { LineBuffer } from "../text/line-buffer.ts";
import { FOLD_ABOVE_LINES, foldOf } from "../text/lines.ts";
import { AnsiLines } from "./AnsiLines.tsx";
import { CopyButton } from "./CopyButton.tsx";
import { LongOutput } from "./LongOutput.tsx";

/** Above this many lines an opened output scrolls in its own window, of which only the visible lines are drawn. */
const WINDOW_ABOVE_LINES = 1_500;
/** A single line this short stands beside its label. */
const SHORT_CHARS = 32;

interface OutputBoxProps {
  /** What a person opened is remembered by. */
  readonly id: string;
  readonly label: string;
  readonly buffer: LineBuffer;
  readonly read: () => string;
  readonly isError?: boolean;
}

export function OutputBox({ id, label, buffer, read, isError = false }: OutputBoxProps) {
  const [open, setOpen] = useOpened(id);
  const count = buffer.count();
  const first = count === 1 ? buffer.slice(0, 1).join("") : "";
  const oneLine = count === 1 && first.length <= SHORT_CHARS;
  return (
    <section
      aria-label={isError ? "Error output" : "Output"}
      className={cn(
        "overflow-hidden rounded-lg border border-l-[3px] bg-code text-code-foreground",
        isError ? "border-l-bad" : "border-l-muted-foreground/45",
      )}
    >
      <div className="flex h-8 items-center gap-1.5 pr-1 pl-3 text-xs max-md:h-11">
        <span className={cn("flex items-center gap-1.5 font-medium font-mono", isError ? "text-bad" : "text-muted-foreground")}>
          {label}
        </span>
        {count > FOLD_ABOVE_LINES && <span className="text-muted-foreground">{count.toLocaleString("en")} lines</span>}
        {oneLine ? (
          <pre className="min-w-0 flex-1 truncate pl-1 font-mono text-[13px]">
            <AnsiLines text={first} />
          </pre>
        ) : (
          <span className="ml-auto" />
        )}
        {count > FOLD_ABOVE_LINES && open && (
          <button
            type="button"
            onClick={() => setOpen(false)}
            className="inline-flex h-7 items-center gap-1 rounded-md px-2 text-muted-foreground hover:bg-accent hover:text-accent-foreground max-md:h-11"
          >
            <ChevronsDownUp aria-hidden className="size-3.5" /> Show less
          </button>
        )}
        <CopyButton what="output" read={read} />
      </div>
      {oneLine ? null : open && count > WINDOW_ABOVE_LINES ? (
        <LongOutput buffer={buffer} count={count} label={label} />
      ) : (
        <FoldedOutput buffer={buffer} count={count} open={open} onOpen={() => setOpen(true)} />
      )}
    </section>
  );
}

const TEXT = "whitespace-pre-wrap break-words font-mono text-[13px] leading-[1.55] [overflow-wrap:anywhere]";

interface FoldedOutputProps {
  readonly buffer: LineBuffer;
  readonly count: number;
  readonly open: boolean;
  readonly onOpen: () => void;
}

function FoldedOutput({ buffer, count, open, onOpen }: FoldedOutputProps) {
  const fold = open ? { head: count, hidden: 0, tail: 0 } : foldOf(count);
  return (
    <div className="px-3 pb-2.5">
      <pre className={TEXT}>
        <AnsiLines text={buffer.slice(0, fold.head).join("\n")} />
      </pre>
      {fold.hidden > 0 && (
        <>
          <button
            type="button"
            onClick={onOpen}
            className="my-1.5 flex h-8 w-full items-center justify-center gap-2 rounded-md border border-dashed text-muted-foreground text-xs hover:bg-accent hover:text-accent-foreground max-md:h-11"
          >
            <ChevronsUpDown aria-hidden className="size-3.5" /> Show all {count.toLocaleString("en")} lines
          </button>
          <pre className={TEXT}>
            <AnsiLines text={buffer.slice(count - fold.tail, count).join("\n")} />
          </pre>
        </>
      )}
    </div>
  );
}
