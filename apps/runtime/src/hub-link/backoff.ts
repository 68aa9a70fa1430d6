/** How long to wait before dialling again. */

export interface Backoff {
  /** The next delay (ms): doubles from `first` to `longest`, each between half and whole of that. */
  next(): number;
  reset(): void;
}

export function createBackoff(first: number, longest: number, random: () => number = Math.random): Backoff {
  let attempt = 0;
  return {
    next() {
      const whole = Math.min(longest, first * 2 ** Math.min(attempt, 30));
      attempt += 1;
      return Math.max(1, Math.round(whole * (0.5 + random() / 2)));
    },
    reset() {
      attempt = 0;
    },
  };
}
