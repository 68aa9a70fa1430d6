/** What a process wrote to stdout or stderr: label, border and colour tell the two apart. */
"use client";
import type { AgentBlock } from "@fairlead/client";
import { memo } from "react";
import { useLineBuffer } from "../hooks/use-line-buffer.ts";
import { plainText } from "../text/ansi.ts";
import { OutputBox } from "./OutputBox.tsx";

export const OutputBlock = memo(function OutputBlock({ block }: { readonly block: AgentBlock }) {
  const buffer = useLineBuffer(block);
  const read = () => plainText(block.text.toString());
  return <OutputBox id={block.id} label={block.kind} buffer={buffer} read={read} isError={block.kind === "stderr"} />;
});
