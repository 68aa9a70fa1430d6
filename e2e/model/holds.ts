/** Points at which answers wait until a test lets them go on. */

export interface Holds {
  /** Resolves when the hold is released or `left` aborts; at once where it has been released before. */
  waitAt(name: string, left: AbortSignal): Promise<void>;
  /** How many wait there now. */
  held(name: string): number;
  release(name: string): void;
}

export function createHolds(): Holds {
  const released = new Set<string>();
  const waiting = new Map<string, Set<() => void>>();

  return {
    async waitAt(name, left) {
      if (released.has(name) || left.aborted) return;
      const here = waiting.get(name) ?? new Set();
      waiting.set(name, here);
      await new Promise<void>((resolve) => {
        const wake = () => {
          here.delete(wake);
          left.removeEventListener("abort", wake);
          resolve();
        };
        here.add(wake);
        left.addEventListener("abort", wake);
      });
    },
    held: (name) => waiting.get(name)?.size ?? 0,
    release(name) {
      released.add(name);
      for (const wake of waiting.get(name) ?? []) wake();
    },
  };
}
