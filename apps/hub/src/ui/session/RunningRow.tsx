/** The turn that runs now, with its time by the hub's clock. */
"use client";
import type { RunningTurn } from "@fairlead/protocol";
import { useNow } from "../hooks/use-now.ts";
import { elapsedWords } from "../text/time-words.ts";

interface RunningRowProps {
  readonly turn: RunningTurn;
  readonly asking: boolean;
  /** The links to hub and runtime stand; if not, what runs there is not known. */
  readonly sure: boolean;
}

export function RunningRow({ turn, asking, sure }: RunningRowProps) {
  const now = useNow(200);
  const word = turn.stop_requested ? "Stopping" : asking ? "Waiting for your answer" : "Working";
  if (!sure) return <p className="text-muted-foreground text-sm">Was working when last heard; what it does now is not known.</p>;
  return (
    <p className="flex items-center gap-2.5 text-muted-foreground text-sm">
      <span aria-hidden className="flex gap-1">
        {[0, 1, 2].map((dot) => (
          <span key={dot} className={`size-1.5 motion-safe:animate-pulse rounded-full bg-primary ${DELAYS[dot] ?? ""}`} />
        ))}
      </span>
      <span>
        {word}… <span className="tabular-nums">{elapsedWords(now - turn.started_at)}</span>
      </span>
    </p>
  );
}

const DELAYS = ["", "[animation-delay:200ms]", "[animation-delay:400ms]"];
