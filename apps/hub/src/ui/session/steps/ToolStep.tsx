/** One tool call on one line: what it does, how it stands, what it changed; opened it shows all of it. */
"use client";
import type { ToolBlock } from "@fairlead/client";
import { Bot, ChevronRight, CircleSlash, CircleX, LoaderCircle } from "lucide-react";
import { memo } from "react";
import { cn } from "../../cn.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { useNow } from "../../hooks/use-now.ts";
import { useOpened } from "../../hooks/use-opened.tsx";
import { type CallTitle, statusWord, titleOf } from "../../text/call-words.ts";
import { countLines, isRunning } from "../../text/steps.ts";
import { countWords, durationWords, elapsedWords } from "../../text/time-words.ts";
import { useSessionPlace } from "../session-place.ts";
import { LineCount } from "./LineCount.tsx";
import { stepIcon } from "./step-look.ts";

export const StepBody = lazyPart(async () => (await import("./StepBody.tsx")).StepBody);

/** Finished calls that took less than this (ms) do not say how long. */
const WORTH_TELLING_MS = 1_000;

export const ToolStep = memo(function ToolStep({ call }: { readonly call: ToolBlock }) {
  const [open, setOpen] = useOpened(call.id);
  const { workDir } = useSessionPlace();
  const Icon = call.children.length > 0 ? Bot : stepIcon(call.kind);
  const failed = call.status === "failed";
  return (
    <div data-status={call.status}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onPointerEnter={StepBody.preload}
        className="flex min-h-11 w-full items-center gap-2 rounded-lg px-2 text-left text-sm hover:bg-accent hover:text-accent-foreground md:min-h-8"
      >
        <Icon aria-hidden className={cn("size-4 shrink-0", failed ? "text-bad" : "text-muted-foreground")} strokeWidth={1.75} />
        <StepTitle title={titleOf(call, workDir)} />
        {call.children.length > 0 && (
          <span className="shrink-0 text-muted-foreground text-xs max-sm:hidden">{countWords(call.children.length, "step")}</span>
        )}
        <LineCount {...countLines([call])} />
        {call.exit_code !== null && call.exit_code !== 0 && (
          <span className="shrink-0 rounded border border-wait/60 px-1 font-mono text-wait text-xs leading-5">exit {call.exit_code}</span>
        )}
        <StepStatus call={call} />
        <ChevronRight
          aria-hidden
          className={cn("size-4 shrink-0 text-muted-foreground transition-transform motion-reduce:transition-none", open && "rotate-90")}
        />
      </button>
      {open && (
        <div className="pt-1 pr-1 pb-2 pl-1 md:pl-8">
          <StepBody call={call} Step={ToolStep} />
        </div>
      )}
    </div>
  );
});

function StepTitle({ title }: { readonly title: CallTitle }) {
  const { lead, folder, file, mono } = title;
  if (file === "") return <span className={cn("min-w-0 flex-1 truncate", mono && "font-mono text-[13px]")}>{lead}</span>;
  return (
    <>
      <span className="sr-only">{`${lead}${folder}${file}`}</span>
      <span aria-hidden className="flex min-w-0 flex-1 whitespace-pre">
        <span className="shrink-0">{lead}</span>
        <span className="min-w-0 shrink truncate text-muted-foreground">{folder}</span>
        <span className="min-w-0 shrink-[0.001] truncate">{file}</span>
      </span>
    </>
  );
}

function StepStatus({ call }: { readonly call: ToolBlock }) {
  const { status, at, ended_at, exit_code } = call;
  if (isRunning(status)) return <RunningTime call={call} />;
  const took = ended_at === null ? 0 : ended_at - at;
  const Icon = status === "failed" ? CircleX : CircleSlash;
  return (
    <span className={cn("flex shrink-0 items-center gap-1 text-muted-foreground text-xs", status === "failed" && "text-bad")}>
      {status !== "completed" && <Icon aria-hidden className="size-3.5" />}
      <span className={status === "completed" || exit_code !== null ? "sr-only" : undefined}>{statusWord(status)}</span>
      {took >= WORTH_TELLING_MS && <span className="tabular-nums max-[400px]:hidden">{durationWords(took)}</span>}
    </span>
  );
}

function RunningTime({ call }: { readonly call: ToolBlock }) {
  const now = useNow(500);
  return (
    <span className="flex shrink-0 items-center gap-1 text-primary text-xs">
      <LoaderCircle aria-hidden className={cn("size-3.5", call.status === "in_progress" && "motion-safe:animate-spin")} />
      <span className="sr-only">{statusWord(call.status)}</span>
      <span className="tabular-nums">{elapsedWords(now - call.at)}</span>
    </span>
  );
}
