/** A call's input as its agent gave it: names and values, whatever the tool is. */
"use client";
import type { ToolBlock } from "@fairlead/client";
import { ChevronRight, TriangleAlert } from "lucide-react";
import { useOpened } from "../../hooks/use-opened.tsx";
import { CopyButton } from "../CopyButton.tsx";

interface InputFieldsProps {
  readonly call: ToolBlock;
  /** There is nothing else to see. */
  readonly open: boolean;
}

export function InputFields({ call, open: otherwise }: InputFieldsProps) {
  const [open, setOpen] = useOpened(`${call.id} input`, otherwise);
  const { input } = call;
  if (input === null || Object.keys(input).length === 0) return null;
  return (
    <details
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group/input rounded-lg text-muted-foreground text-sm"
    >
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-1 rounded-md px-1 text-xs md:min-h-7 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/input:rotate-90 motion-reduce:transition-none" />
        Input of <span className="font-mono">{call.tool === "" ? "the tool" : call.tool}</span>
        {call.input_truncated && (
          <span className="ml-2 inline-flex items-center gap-1 text-wait">
            <TriangleAlert aria-hidden className="size-3.5" /> shortened
          </span>
        )}
      </summary>
      <div className="flex justify-end">
        <CopyButton what="input" read={() => JSON.stringify(input, null, 2)} />
      </div>
      <dl className="mt-1 grid gap-x-3 gap-y-1.5 rounded-lg border bg-code px-3 py-2 text-code-foreground sm:grid-cols-[auto_minmax(0,1fr)]">
        {Object.entries(input).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="font-mono text-muted-foreground text-xs leading-5">{name}</dt>
            <dd className="max-h-72 overflow-auto whitespace-pre-wrap break-words font-mono text-[13px] leading-5 max-sm:mb-1 [overflow-wrap:anywhere]">
              {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
