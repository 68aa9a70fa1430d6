/** The turn that runs: how it is stopped, when its time is over, and what its end is called. */
import type { TurnError } from "@fairlead/protocol";
import type { TurnResult } from "../adapters/contract.ts";
import { startTurnClock, type TurnClock } from "./turn-clock.ts";

/** `full`: there is no place for the agent that a kept answer was to wake. */
export type StopCause = "cancel" | "timeout" | "suspend" | "full";

export interface RunningTurn {
  readonly turn_id: string;
  readonly startedAt: number;
  readonly controller: AbortController;
  readonly clock: TurnClock;
  forced?: NodeJS.Timeout;
  cause?: StopCause;
  readonly ended: () => void;
  readonly done: Promise<void>;
}

/** `limit` (ms): after so much time of its own it is stopped. */
export function beginTurn(turn_id: string, limit: number, onOver: () => void): RunningTurn {
  let ended: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const clock = startTurnClock(limit, onOver);
  return { turn_id, startedAt: performance.now(), controller: new AbortController(), clock, ended, done };
}

/** The turn's last event, without what names the turn. `limit` (ms): what it was begun with. */
export function outcomeOf({ cause }: RunningTurn, result: TurnResult, limit: number) {
  const endedByItself = result.ok && result.stop_reason !== "cancelled";
  if (!endedByItself && cause === "timeout") {
    return failed({ kind: "timeout", message: `The turn took longer than ${limit / 1_000} s and was stopped.` });
  }
  if (!endedByItself && cause === "suspend") return failed({ kind: "interrupted", message: "The runtime was stopped." });
  if (!endedByItself && cause === "cancel") return { type: "turn.completed", stop_reason: "cancelled" } as const;
  if (!result.ok) return failed({ ...result.error, message: result.error.message.slice(0, 8_192) });
  const exit = result.exit_code === undefined ? {} : { exit_code: result.exit_code };
  return { type: "turn.completed", stop_reason: result.stop_reason, ...exit } as const;
}

function failed(error: TurnError) {
  return { type: "turn.failed", error } as const;
}
