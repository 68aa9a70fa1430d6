/** The buttons of the composer: stop, into the running turn, send. */
"use client";
import { ArrowUp, ListPlus, Square, Zap } from "lucide-react";
import { cn } from "../../cn.ts";

export type TurnPhase = "none" | "running" | "stopping";

interface StopButtonProps {
  readonly turn: TurnPhase;
  readonly onStop: () => void;
  /** Other buttons need the room of a narrow screen. */
  readonly small: boolean;
}

export function StopButton({ turn, onStop, small }: StopButtonProps) {
  if (turn === "none") return null;
  return (
    <button
      type="button"
      onClick={onStop}
      disabled={turn === "stopping"}
      className={cn(
        "inline-flex h-11 min-w-11 shrink-0 items-center justify-center gap-2 rounded-xl border px-3.5 font-medium text-sm transition-colors hover:bg-accent hover:text-accent-foreground disabled:text-muted-foreground",
        small && "max-sm:px-0",
      )}
    >
      <Square aria-hidden className={cn("size-3.5 fill-current", turn === "running" && "text-bad")} />
      <span className={cn(small && "max-sm:sr-only")}>{turn === "stopping" ? "Stopping…" : "Stop"}</span>
    </button>
  );
}

interface SteerButtonProps {
  readonly keys: string;
  readonly onSteer: () => void;
}

export function SteerButton({ keys, onSteer }: SteerButtonProps) {
  return (
    <button
      type="button"
      onClick={onSteer}
      title={`Send into the running turn (${keys})`}
      className="inline-flex h-11 shrink-0 items-center justify-center gap-1.5 rounded-xl border border-primary/50 px-3 font-medium text-primary text-sm transition-colors hover:bg-accent"
    >
      <Zap aria-hidden className="size-4" /> Steer now
    </button>
  );
}

interface SendButtonProps {
  readonly disabled: boolean;
  /** What is sent waits for its turn. */
  readonly queues: boolean;
  /** Why it is disabled, where that is not plain to see. */
  readonly reason: string;
}

export function SendButton({ disabled, queues, reason }: SendButtonProps) {
  const Icon = queues ? ListPlus : ArrowUp;
  return (
    <button
      type="submit"
      disabled={disabled}
      aria-label="Send"
      title={reason === "" ? (queues ? "Send when this turn is over" : "Send") : reason}
      className="inline-flex size-11 shrink-0 items-center justify-center rounded-xl bg-primary text-primary-foreground transition-colors hover:bg-primary/90 disabled:bg-muted disabled:text-muted-foreground"
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
