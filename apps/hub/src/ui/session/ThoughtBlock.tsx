/** What an agent thought before it went on, and for how long; closed until somebody wants to know. */
"use client";
import type { AgentBlock } from "@fairlead/client";
import { Brain, ChevronRight } from "lucide-react";
import { memo } from "react";
import { cn } from "../cn.ts";
import { useOpened } from "../hooks/use-opened.tsx";
import { elapsedWords } from "../text/time-words.ts";

interface ThoughtBlockProps {
  readonly block: AgentBlock;
  readonly growing: boolean;
}

/** A thought that came in one piece says nothing about its time (ms). */
const WORTH_TELLING_MS = 1_000;

export const ThoughtBlock = memo(function ThoughtBlock({ block, growing }: ThoughtBlockProps) {
  const [open, setOpen] = useOpened(block.id);
  const took = block.until - block.at;
  const text = block.text.toString();
  return (
    <div className="text-muted-foreground text-sm">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-11 w-full items-center gap-2 rounded-lg px-2 text-left hover:bg-accent hover:text-accent-foreground md:min-h-8"
      >
        <Brain aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        <span className="shrink-0">
          {growing ? "Thinking…" : took < WORTH_TELLING_MS ? "Thoughts" : `Thought for ${elapsedWords(took)}`}
        </span>
        {!open && <span className="min-w-0 flex-1 truncate text-xs opacity-80">{firstWords(text)}</span>}
        <ChevronRight
          aria-hidden
          className={cn("ml-auto size-4 shrink-0 transition-transform motion-reduce:transition-none", open && "rotate-90")}
        />
      </button>
      {open && <p className="mx-2 mt-1 mb-2 whitespace-pre-wrap break-words border-l-2 pl-3 leading-relaxed">{text}</p>}
    </div>
  );
});

/** The beginning, without what would format it. */
function firstWords(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[*_`#]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
