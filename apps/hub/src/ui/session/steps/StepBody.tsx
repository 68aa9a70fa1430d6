/** All of one tool call: its command or input, what it changed, what it wrote, and what its sub-agent did. */
"use client";
import type { Block, ToolBlock } from "@fairlead/client";
import type { ToolContent } from "@fairlead/protocol";
import type { ComponentType } from "react";
import { commandOf } from "../../text/call-words.ts";
import { diffsOf, isRunning } from "../../text/steps.ts";
import { Diff } from "../diff/Diff.tsx";
import { FileBlock } from "../FileBlock.tsx";
import { Markdown } from "../Markdown.tsx";
import { ThoughtBlock } from "../ThoughtBlock.tsx";
import { CallOutput, CallText } from "./CallOutput.tsx";
import { CommandCard } from "./CommandCard.tsx";
import { InputFields } from "./InputFields.tsx";
import { Places } from "./Places.tsx";

interface StepBodyProps {
  readonly call: ToolBlock;
  /** Draws a call of a sub-agent: the component that drew this one, which cannot be imported here because it imports this. */
  readonly Step: ComponentType<{ readonly call: ToolBlock }>;
}

export function StepBody({ call, Step }: StepBodyProps) {
  const command = commandOf(call);
  const diffs = diffsOf(call);
  const texts = call.content.filter((content): content is Extract<ToolContent, { type: "text" }> => content.type === "text");
  const written = call.output.length > 0;
  const nothing = command === undefined && diffs.length === 0 && texts.length === 0 && !written && call.children.length === 0;
  return (
    <div className="flex flex-col gap-2">
      {command !== undefined && <CommandCard command={command} input={call.input} />}
      {call.children.length > 0 && <SubAgent call={call} Step={Step} />}
      {diffs.map((diff, index) => {
        // A call may change the same file more than once.
        const key = `${index} ${diff.path}`;
        return <Diff key={key} diff={{ ...diff, patches: [diff.patch] }} id={`${call.id} ${key}`} />;
      })}
      {written && <CallOutput call={call} />}
      {texts
        .filter(({ text }) => !written || call.output.toString().trim() !== text.trim())
        .map((content, index) => {
          const key = index;
          return (
            <CallText
              key={key}
              content={content}
              prose={call.children.length > 0 || call.kind === "think"}
              id={`${call.id} text ${index}`}
            />
          );
        })}
      {nothing && isRunning(call.status) && <p className="px-1 text-muted-foreground text-sm">Nothing to show yet.</p>}
      {diffs.length === 0 && <Places locations={call.locations} />}
      <InputFields call={call} open={nothing} />
    </div>
  );
}

/** What the sub-agent was doing, in its order. */
function SubAgent({ call, Step }: StepBodyProps) {
  return (
    <ol aria-label="What the sub-agent did" className="flex flex-col gap-0.5 border-l-2 pl-1.5 md:pl-2.5">
      {call.children.toArray().map((child) => (
        <li key={child.id}>
          <SubStep block={child} growing={isRunning(call.status)} Step={Step} />
        </li>
      ))}
    </ol>
  );
}

interface SubStepProps extends Pick<StepBodyProps, "Step"> {
  readonly block: Block;
  readonly growing: boolean;
}

function SubStep({ block, growing, Step }: SubStepProps) {
  if (block.type === "tool") return <Step call={block} />;
  if (block.type === "file") return <FileBlock block={block} />;
  if (block.type !== "agent") return null;
  if (block.kind === "thought") return <ThoughtBlock block={block} growing={growing} />;
  return (
    <div className="px-2 py-1">
      <Markdown text={block.text.toString()} growing={growing} />
    </div>
  );
}
