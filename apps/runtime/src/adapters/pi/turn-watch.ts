/** Sees when pi is done with a message: by facts of the protocol, never by time. */
import { setTimeout as delay } from "node:timers/promises";
import type { AgentState, NativeMessage } from "./wire.ts";

/** Between two looks (ms) at a pi that has said it is done and still winds up. */
const WIND_UP_MS = 10;

export interface TurnWatchOptions {
  /** Asks pi for its state; rejects when pi is gone. */
  state(): Promise<AgentState>;
  /** pi is idle. `leftover`: texts it took for this turn and did not get to. Called once. */
  onEnd(state: AgentState, leftover: readonly string[]): void;
}

export interface TurnWatch {
  receive(message: NativeMessage): void;
  /** pi has taken the prompt; `disposition` as newer versions tell it. */
  accepted(disposition: string | undefined): void;
  /** More text has been sent to pi: a look whose answer is still to come does not know of it, so there is another. */
  added(): void;
}

/**
 * Since 0.87 `agent_settled` says that pi is idle. Before, `agent_end` may be followed by a retry or by the shortening of its memory,
 * both announced in the same breath: the answer to a `get_state` sent at `agent_end` comes after that announcement or means the end.
 */
export function createTurnWatch({ state, onEnd }: TurnWatchOptions): TurnWatch {
  /** Counts what makes an earlier look at the state worthless. */
  let epoch = 0;
  let isStarted = false;
  let tellsSettled = false;
  let queued: readonly string[] = [];
  /** The epoch of the look that has no answer yet. */
  let looking = 0;

  /** Looks until pi is idle or something new has happened. `takesUp`: texts that still wait are taken up by pi itself. */
  async function look(takesUp: boolean): Promise<void> {
    epoch += 1;
    const mine = epoch;
    looking = mine;
    let found = await state();
    while (mine === epoch && (found.isStreaming || found.isCompacting)) {
      await delay(WIND_UP_MS);
      if (mine === epoch) found = await state();
    }
    const waits = found.pendingMessageCount > 0;
    if (mine !== epoch || (takesUp && waits)) return;
    epoch += 1;
    onEnd(found, waits ? queued : []);
  }

  // When pi is gone its end ends the turn.
  const check = (takesUp = false) => void look(takesUp).catch(() => undefined);

  return {
    receive(message) {
      switch (message.type) {
        case "agent_start":
          isStarted = true;
          epoch += 1;
          return;
        case "agent_end":
          tellsSettled ||= message.willRetry !== undefined;
          if (!tellsSettled) check();
          return;
        case "agent_settled":
          tellsSettled = true;
          // One that is left over from before this turn ends nothing.
          if (isStarted) check();
          return;
        case "auto_retry_start":
        case "compaction_start":
          epoch += 1;
          return;
        case "auto_retry_end":
          if (!message.success && !tellsSettled) check();
          return;
        case "compaction_end":
          epoch += 1;
          if (!message.willRetry && !tellsSettled) check(true);
          return;
        case "queue_update":
          queued = [...message.steering, ...message.followUp];
          return;
        default:
          return;
      }
    },
    added() {
      if (looking === epoch) check();
    },
    accepted(disposition) {
      // A command of an extension is done when it is accepted, without a run of the agent.
      if (!isStarted && disposition !== "started") check();
    },
  };
}
