/** What an agent intends to do in a turn, as a list that is ticked off while it works. */
"use client";
import type { PlanBlock as Plan } from "@fairlead/client";
import type { PlanEntry } from "@fairlead/protocol";
import { Check, Circle, CircleDot, ListChecks } from "lucide-react";
import { memo } from "react";
import { cn } from "../cn.ts";
import { planCount } from "../text/plan-words.ts";

export const PlanBlock = memo(function PlanBlock({ block }: { readonly block: Plan }) {
  if (block.entries.length === 0) return null;
  return (
    <section aria-label="Plan" className="rounded-xl border bg-card/60 px-3 py-2.5">
      <h3 className="flex items-center gap-2 text-sm">
        <ListChecks aria-hidden className="size-4 text-muted-foreground" strokeWidth={1.75} />
        <span className="font-medium">Plan</span>
        <span className="text-muted-foreground text-xs tabular-nums">{planCount(block.entries)}</span>
      </h3>
      <PlanList entries={block.entries} className="mt-1.5" />
    </section>
  );
});

const LOOKS = {
  completed: { Icon: Check, word: "done", ink: "text-ok" },
  in_progress: { Icon: CircleDot, word: "being done", ink: "text-primary" },
  pending: { Icon: Circle, word: "to do", ink: "text-muted-foreground" },
} as const;

interface PlanListProps {
  readonly entries: readonly PlanEntry[];
  readonly className?: string;
}

export function PlanList({ entries, className }: PlanListProps) {
  return (
    <ol className={cn("flex flex-col gap-1", className)}>
      {entries.map(({ content, status }, index) => {
        const { Icon, word, ink } = LOOKS[status];
        // The same words may stand in a plan twice.
        const key = `${index} ${content}`;
        return (
          <li key={key} className="flex gap-2 text-sm leading-snug">
            <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
            <span
              className={cn(
                "min-w-0 break-words [overflow-wrap:anywhere]",
                status === "completed" && "text-muted-foreground",
                status === "in_progress" && "font-medium",
              )}
            >
              {content}
              <span className="sr-only"> ({word})</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
