/** A text to judge by: wrapped, never cut, with a copy button; commands, details and contents of files. */
"use client";
import type { ReactNode } from "react";
import { cn } from "../cn.ts";
import { CopyButton } from "../session/CopyButton.tsx";

interface WholeTextProps {
  readonly text: string;
  /** What it is, for the heading and the copy button: "command", "details". */
  readonly what: string;
  /** Beside the heading, e.g. the folder it runs in. */
  readonly aside?: ReactNode;
  /** Set larger: what the decision hangs on. */
  readonly strong?: boolean;
}

export function WholeText({ text, what, aside, strong = false }: WholeTextProps) {
  return (
    <figure className="overflow-hidden rounded-lg border bg-code text-code-foreground">
      <figcaption className="flex min-h-9 items-center gap-2 pr-1 pl-3 text-muted-foreground text-xs max-md:min-h-11">
        <span className="shrink-0 capitalize">{what}</span>
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{aside}</span>
        <CopyButton what={what} read={() => text} />
      </figcaption>
      <pre
        className={cn(
          "whitespace-pre-wrap px-3 pb-3 font-mono leading-[1.55] [overflow-wrap:anywhere]",
          strong ? "text-sm" : "text-[13px]",
        )}
      >
        {text}
      </pre>
    </figure>
  );
}
