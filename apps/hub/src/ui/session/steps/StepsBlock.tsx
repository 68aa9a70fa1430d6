/** What an agent did between its words: a line per step, the many small ones folded into one line that says what they were. */
"use client";
import { ChevronRight, ListTree } from "lucide-react";
import { memo } from "react";
import { cn } from "../../cn.ts";
import { useOpened } from "../../hooks/use-opened.tsx";
import type { StepBlock } from "../../text/groups.ts";
import { countLines, foldSteps, summaryOf } from "../../text/steps.ts";
import { countWords } from "../../text/time-words.ts";
import { ThoughtBlock } from "../ThoughtBlock.tsx";
import { LineCount } from "./LineCount.tsx";
import { ToolStep } from "./ToolStep.tsx";

interface StepsBlockProps {
  readonly steps: readonly StepBlock[];
  /** The turn still runs and nothing came after these steps. */
  readonly live: boolean;
}

export const StepsBlock = memo(
  function StepsBlock({ steps, live }: StepsBlockProps) {
    const [open, setOpen] = useOpened(`steps:${steps[0]?.id ?? ""}`);
    const { shown, hidden } = foldSteps(steps, live);
    const foldable = hidden > 0;
    return (
      <section aria-label={countWords(steps.length, "step")} className="rounded-xl border bg-card/60 p-1">
        {foldable && (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="flex min-h-11 w-full items-center gap-2 rounded-lg px-2 text-left text-muted-foreground text-sm hover:bg-accent hover:text-accent-foreground md:min-h-8"
          >
            <ListTree aria-hidden className="size-4 shrink-0" />
            <span className="shrink-0 font-medium text-foreground">{countWords(steps.length, "step")}</span>
            <span className="min-w-0 flex-1 truncate text-xs">{summaryOf(steps)}</span>
            <LineCount {...countLines(steps)} />
            <ChevronRight
              aria-hidden
              className={cn("size-4 shrink-0 transition-transform motion-reduce:transition-none", open && "rotate-90")}
            />
          </button>
        )}
        <ol className={cn(foldable && "ml-2 border-l pl-1 md:ml-3.5")}>
          {(open ? steps : shown).map((step) => (
            <li key={step.id}>
              {step.type === "tool" ? <ToolStep call={step} /> : <ThoughtBlock block={step} growing={live && step === steps.at(-1)} />}
            </li>
          ))}
        </ol>
      </section>
    );
  },
  (before, after) => before.live === after.live && sameSteps(before.steps, after.steps),
);

function sameSteps(a: readonly StepBlock[], b: readonly StepBlock[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}
