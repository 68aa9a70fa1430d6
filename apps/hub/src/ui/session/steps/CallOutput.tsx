/** What a tool call wrote while it ran, and the texts it came back with. */
"use client";
import type { ToolBlock } from "@fairlead/client";
import { ChunkedText } from "@fairlead/client";
import type { ToolContent } from "@fairlead/protocol";
import { useMemo } from "react";
import { useLineBuffer } from "../../hooks/use-line-buffer.ts";
import { plainText } from "../../text/ansi.ts";
import { createLineBuffer } from "../../text/line-buffer.ts";
import { Markdown } from "../Markdown.tsx";
import { OutputBox } from "../OutputBox.tsx";

export function CallOutput({ call }: { readonly call: ToolBlock }) {
  const buffer = useLineBuffer({ id: call.id, seq: call.seq, text: call.output });
  return <OutputBox id={`${call.id} output`} label="output" buffer={buffer} read={() => plainText(call.output.toString())} />;
}

interface CallTextProps {
  readonly content: Extract<ToolContent, { type: "text" }>;
  /** Written for people (Markdown) rather than by a program. */
  readonly prose: boolean;
  readonly id: string;
}

export function CallText({ content, prose, id }: CallTextProps) {
  const { text, truncated = false } = content;
  const buffer = useMemo(() => {
    const lines = createLineBuffer();
    lines.grow(ChunkedText.of(text));
    return lines;
  }, [text]);
  return (
    <div>
      {prose ? (
        <div className="rounded-lg border bg-card px-3 py-2">
          <Markdown text={text} growing={false} />
        </div>
      ) : (
        <OutputBox id={id} label="result" buffer={buffer} read={() => plainText(text)} />
      )}
      {truncated && <p className="px-1 pt-1 text-wait text-xs">The rest was too long to keep.</p>}
    </div>
  );
}
