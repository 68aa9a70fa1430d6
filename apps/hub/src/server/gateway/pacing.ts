/** Reads a socket only as fast as it may send: what comes too fast is not refused but waits in its sender's own buffers. */
import type { GatewaySocket } from "./socket.ts";

export interface PacingOptions {
  readonly socket: Pick<GatewaySocket, "pause" | "resume">;
  /** What may be read in a second, and at once: frames, and their bytes. */
  readonly frames: Allowance;
  readonly bytes: Allowance;
}

export interface Allowance {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Pacing {
  /** Counts a frame that was read. `now` in milliseconds. */
  count(bytes: number, now: number): void;
  /** Reads no further until the promise is settled; one per reason. */
  holdFor(reason: object, promise: Promise<void>): void;
  /** Forgets its timer. */
  stop(): void;
}

/** Counts down to below zero; the debt is how long (ms) nothing more may come. */
function createDebt({ perSecond, burst }: Allowance): (amount: number, now: number) => number {
  let left = burst;
  let at = Number.NEGATIVE_INFINITY;
  return (amount, now) => {
    left = Math.min(burst, left + (Math.max(0, now - at) * perSecond) / 1_000) - amount;
    at = now;
    return left >= 0 ? 0 : (-left * 1_000) / perSecond;
  };
}

export function createPacing({ socket, frames, bytes }: PacingOptions): Pacing {
  const frameDebt = createDebt(frames);
  const byteDebt = createDebt(bytes);
  const reasons = new Set<object>();
  const ownReason = {};
  let timer: NodeJS.Timeout | undefined;

  function hold(reason: object): void {
    if (reasons.size === 0) socket.pause();
    reasons.add(reason);
  }

  function release(reason: object): void {
    if (reasons.delete(reason) && reasons.size === 0) socket.resume();
  }

  return {
    count(length, now) {
      const wait = Math.max(frameDebt(1, now), byteDebt(length, now));
      if (wait === 0) return;
      hold(ownReason);
      // What was read before the pause took hold still comes, and the debt grows with it.
      clearTimeout(timer);
      timer = setTimeout(release, Math.ceil(wait), ownReason);
    },
    holdFor(reason, promise) {
      if (reasons.has(reason)) return;
      hold(reason);
      void promise.finally(() => release(reason));
    },
    stop: () => clearTimeout(timer),
  };
}
