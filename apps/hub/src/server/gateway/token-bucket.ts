/** Counts what a peer may do: so many at once, so many a second. */

export interface TokenBucket {
  /** Takes one, or says that there is none. `now` in milliseconds. */
  take(now: number): boolean;
}

export function createTokenBucket(perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    take(now) {
      const elapsed = Math.max(0, now - filledAt);
      tokens = Math.min(burst, tokens + (elapsed * perSecond) / 1_000);
      filledAt = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
