/** What an agent thought before it answered; closed until somebody wants to know. */
"use client";
import type { AgentBlock } from "@fairlead/client";
import { ChevronRight } from "lucide-react";
import { memo } from "react";

interface ThoughtBlockProps {
  readonly block: AgentBlock;
  readonly growing: boolean;
}

export const ThoughtBlock = memo(function ThoughtBlock({ block, growing }: ThoughtBlockProps) {
  return (
    <details className="group text-muted-foreground text-sm">
      <summary className="-ml-1 inline-flex min-h-11 cursor-pointer list-none items-center gap-1 rounded-md px-1 md:min-h-7 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {growing ? "Thinking…" : "Thoughts"}
      </summary>
      <p className="mt-1 whitespace-pre-wrap break-words border-l-2 pl-3 leading-relaxed">{block.text.toString()}</p>
    </details>
  );
});
