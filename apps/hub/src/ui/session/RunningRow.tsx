/** The turn that runs now: what it does, for how long by the hub's clock, what it used, and how long nothing has come. */
"use client";
import type { ToolBlock } from "@fairlead/client";
import type { RunningTurn, Usage } from "@fairlead/protocol";
import { Hourglass, Square } from "lucide-react";
import { Button } from "../components/button.tsx";
import { useNow } from "../hooks/use-now.ts";
import { titleOf } from "../text/call-words.ts";
import { clockWords, elapsedWords, roughWords } from "../text/time-words.ts";
import { contextPercent, usageWords } from "../text/usage-words.ts";
import { useSessionPlace } from "./session-place.ts";

export interface Running {
  readonly turn: RunningTurn;
  readonly asking: boolean;
  /** The links to hub and runtime stand; if not, what runs there is not known. */
  readonly sure: boolean;
  /** The call that runs; undefined: none does. */
  readonly call: ToolBlock | undefined;
  readonly usage: Usage | null;
  /** The hub's clock when the newest event came. */
  readonly lastAt: number;
  /** Absent where the viewer may not stop it. */
  readonly onStop: (() => void) | undefined;
}

/** Nothing for this long (ms) is worth saying. */
const SILENT_MS = 40_000;

export function RunningRow({ turn, asking, sure, call, usage, lastAt, onStop }: Running) {
  const now = useNow(200);
  const { workDir } = useSessionPlace();
  if (!sure) return <p className="text-muted-foreground text-sm">Was working when last heard; what it does now is not known.</p>;
  const title = call === undefined ? undefined : titleOf(call, workDir);
  const doing = title === undefined ? "Working" : `${title.lead}${title.folder}${title.file}`;
  const silence = now - Math.max(lastAt, turn.started_at);
  const context = contextPercent(usage);
  const facts = [usageWords(usage), context === undefined ? "" : `context ${context}%`].filter(Boolean).join(" · ");
  return (
    <div className="text-muted-foreground text-sm">
      <p className="flex items-center gap-2.5">
        <span aria-hidden className="flex shrink-0 gap-1">
          {[0, 1, 2].map((dot) => (
            <span key={dot} className={`size-1.5 motion-safe:animate-pulse rounded-full bg-primary ${DELAYS[dot] ?? ""}`} />
          ))}
        </span>
        <span className="min-w-0 truncate">{turn.stop_requested ? "Stopping" : asking ? "Waiting for your answer" : doing}…</span>
        <span className="shrink-0 tabular-nums">{elapsedWords(now - turn.started_at)}</span>
        {facts !== "" && <span className="shrink-0 text-xs tabular-nums max-sm:hidden">{facts}</span>}
      </p>
      {facts !== "" && <p className="pl-7 text-xs tabular-nums sm:hidden">{facts}</p>}
      {silence > SILENT_MS && !asking && !turn.stop_requested && (
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-wait">
          <Hourglass aria-hidden className="size-3.5 shrink-0" />
          <span>
            Silent for {roughWords(silence)}, since {clockWords(lastAt)}
          </span>
          {onStop !== undefined && (
            <Button variant="outline" size="inline" onClick={onStop}>
              <Square aria-hidden className="fill-current text-bad" /> Stop
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

const DELAYS = ["", "[animation-delay:200ms]", "[animation-delay:400ms]"];
