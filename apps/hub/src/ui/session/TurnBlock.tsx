/** How a turn ended: time and exit code, or what went wrong and what to do now. */
"use client";
import type { TurnBlock as Turn } from "@fairlead/client";
import { Check, CircleAlert, CircleStop, RotateCw } from "lucide-react";
import { memo } from "react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { durationWords } from "../text/time-words.ts";
import { errorWords, stopWords } from "../text/turn-words.ts";
import { usageWords } from "../text/usage-words.ts";
import { CopyButton } from "./CopyButton.tsx";
import { useSessionPlace } from "./session-place.ts";

export const TurnBlock = memo(function TurnBlock({ block }: { readonly block: Turn }) {
  if (block.error !== null) return <FailedTurn block={block} error={block.error} />;
  const stopped = block.stop_reason === null ? undefined : stopWords(block.stop_reason);
  const badExit = block.exit_code !== null && block.exit_code !== 0;
  const Icon = stopped === undefined ? (badExit ? CircleAlert : Check) : CircleStop;
  const word = stopped ?? (badExit ? "Ended" : "Done");
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-muted-foreground text-xs">
      <Icon aria-hidden className={cn("size-3.5", badExit ? "text-wait" : stopped === undefined && "text-ok")} />
      <span>{word}</span>
      <Facts block={block} />
      <span aria-hidden className="h-px min-w-4 flex-1 bg-border" />
    </p>
  );
});

function Facts({ block }: { readonly block: Turn }) {
  return (
    <>
      {block.exit_code !== null && (
        <span className={cn("rounded border px-1.5 font-mono leading-5", block.exit_code !== 0 && "border-wait/60 text-wait")}>
          exit {block.exit_code}
        </span>
      )}
      {block.duration_ms !== null && <span className="tabular-nums">{durationWords(block.duration_ms)}</span>}
      {block.usage !== null && <span className="tabular-nums">{usageWords(block.usage)}</span>}
    </>
  );
}

function FailedTurn({ block, error }: { readonly block: Turn; readonly error: NonNullable<Turn["error"]> }) {
  const { title, advice } = errorWords(error);
  const { retry } = useSessionPlace();
  const { turn_id } = block;
  return (
    <section aria-label="Turn failed" className="rounded-lg border border-bad/50 bg-bad/6 px-3.5 py-3">
      <h3 className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium text-sm">
        <CircleAlert aria-hidden className="size-4 shrink-0 text-bad" />
        <span className="min-w-0">{title}</span>
        <span className="flex items-center gap-2 font-normal text-muted-foreground text-xs">
          {error.signal !== undefined && <span className="font-mono">{error.signal}</span>}
          <Facts block={block} />
        </span>
      </h3>
      <p className="mt-1.5 max-h-64 overflow-y-auto whitespace-pre-wrap break-words font-mono text-[13px] [overflow-wrap:anywhere]">
        {error.message}
      </p>
      {error.remedy === undefined ? <p className="mt-1.5 text-muted-foreground text-sm">{advice}</p> : <Remedy remedy={error.remedy} />}
      {retry !== undefined && turn_id !== null && (
        <Button variant="outline" size="small" className="mt-2.5" onClick={() => retry(turn_id)}>
          <RotateCw aria-hidden /> Try again
        </Button>
      )}
    </section>
  );
}

/** What to do, and the command that does it, on the machine where the agent is. */
function Remedy({ remedy }: { readonly remedy: NonNullable<NonNullable<Turn["error"]>["remedy"]> }) {
  const { machine } = useSessionPlace();
  const { text, command } = remedy;
  return (
    <>
      <p className="mt-1.5 text-sm">{text}</p>
      {command !== undefined && (
        <div className="mt-2 overflow-hidden rounded-lg border bg-code text-code-foreground">
          <p className="px-3 pt-1.5 text-muted-foreground text-xs">
            Run{" "}
            {machine === "" ? (
              "on the agent's machine"
            ) : (
              <>
                on <span className="font-medium text-foreground">{machine}</span>
              </>
            )}
            :
          </p>
          <div className="flex items-start gap-2 pr-1 pl-3">
            <pre className="min-w-0 flex-1 whitespace-pre-wrap break-words py-2 font-mono text-[13px] [overflow-wrap:anywhere]">
              {command}
            </pre>
            <CopyButton what="command" className="my-0 md:mt-1" read={() => command} />
          </div>
        </div>
      )}
    </>
  );
}
