/** Pauses of a shared reader that end when their session wants more, or at once when that session closes. */

export interface Pauses {
  /** Settles when `resumed` does or at `endAll`, whichever is first. */
  until(resumed: Promise<void>): Promise<void>;
  endAll(): void;
}

export function createPauses(): Pauses {
  const open = new Set<() => void>();
  return {
    until: (resumed) =>
      new Promise((resolve) => {
        const end = () => {
          open.delete(end);
          resolve();
        };
        open.add(end);
        void resumed.then(end);
      }),
    endAll() {
      for (const end of [...open]) end();
    },
  };
}
