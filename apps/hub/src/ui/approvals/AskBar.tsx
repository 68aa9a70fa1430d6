/** Above the composer: that the agent waits, when its question is not in view; one tap brings it, whole, with its answers in reach. */
"use client";
import type { ApprovalBlock } from "@fairlead/client";
import { ShieldQuestionMark } from "lucide-react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { summaryOf } from "../text/ask-words.ts";

interface AskBarProps {
  readonly asks: readonly ApprovalBlock[];
  readonly onOpen: () => void;
  readonly className?: string | undefined;
}

export function AskBar({ asks, onOpen, className }: AskBarProps) {
  const [first] = asks;
  if (first === undefined) return null;
  return (
    <div className={cn("md:mx-auto md:w-full md:max-w-3xl md:px-6", className)}>
      <div
        role="status"
        className="flex items-center gap-2.5 border-y border-t-wait/50 bg-wait/8 py-1.5 pr-2 pl-4 md:mb-1 md:rounded-xl md:border md:border-wait/50"
      >
        <ShieldQuestionMark aria-hidden className="size-5 shrink-0 text-wait" />
        <p className="min-w-0 flex-1 text-sm leading-snug">
          <span className="block font-medium">
            {asks.length === 1 ? "The agent waits for you" : `${asks.length} questions wait for you`}
          </span>
          <span className="block truncate font-mono text-muted-foreground text-xs">{summaryOf(first)}</span>
        </p>
        <Button variant="primary" size="small" onClick={onOpen}>
          Review
        </Button>
      </div>
    </div>
  );
}
