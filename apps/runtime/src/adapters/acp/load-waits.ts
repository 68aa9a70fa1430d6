/** When a conversation may be loaded, and when all of it has been told: agents say neither. */
import { setTimeout as delay } from "node:timers/promises";

/** How long (ms) an agent must be silent before a conversation it loaded counts as told, and the longest that is waited for it. */
const QUIET_MS = 1_000;
const QUIET_LIMIT_MS = 30_000;

export interface LoadWaits {
  /** The agent has told something. */
  told(): void;
  /** Settles after this long (ms); rejects when the session is closed. */
  rest(duration: number): Promise<void>;
  /** Settles when the agent has been silent for a while: some still tell what they load when they have answered that it is loaded. */
  quiet(): Promise<void>;
}

export function createLoadWaits(closing: AbortSignal): LoadWaits {
  let toldAt = Number.NEGATIVE_INFINITY;

  const rest = (duration: number) => delay(duration, undefined, { signal: closing });

  return {
    told() {
      toldAt = performance.now();
    },
    rest,
    async quiet() {
      const begun = performance.now();
      for (let left = QUIET_MS; left > 0; left = Math.max(toldAt, begun) + QUIET_MS - performance.now()) {
        if (performance.now() - begun > QUIET_LIMIT_MS) return;
        await rest(left);
      }
    },
  };
}
