/** An agent's answer. */
"use client";
import type { AgentBlock } from "@fairlead/client";
import { memo } from "react";
import { CopyButton } from "./CopyButton.tsx";
import { Markdown } from "./Markdown.tsx";

interface AnswerBlockProps {
  readonly block: AgentBlock;
  readonly growing: boolean;
}

export const AnswerBlock = memo(function AnswerBlock({ block, growing }: AnswerBlockProps) {
  return (
    <article aria-label="Answer" className="group relative">
      <Markdown text={block.text.toString()} growing={growing} />
      {!growing && (
        <div className="-ml-3 mt-1 flex h-7 items-center md:absolute md:top-0 md:-right-7 md:mt-0 md:ml-0 md:opacity-0 md:transition-opacity md:focus-within:opacity-100 md:group-hover:opacity-100">
          <CopyButton what="message" read={() => block.text.toString()} />
        </div>
      )}
    </article>
  );
});
