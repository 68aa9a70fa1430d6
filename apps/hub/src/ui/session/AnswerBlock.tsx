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
    <article aria-label="Answer" className="group">
      <Markdown text={block.text.toString()} growing={growing} />
      {!growing && (
        <div className="-ml-2 mt-0.5 flex md:opacity-0 md:transition-opacity md:focus-within:opacity-100 md:group-hover:opacity-100">
          <CopyButton what="message" read={() => block.text.toString()} />
        </div>
      )}
    </article>
  );
});
