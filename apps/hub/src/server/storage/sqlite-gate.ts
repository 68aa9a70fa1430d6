/** Turns on the one SQLite connection: while a transaction is open on it, whoever is not part of it waits. */

export interface Gate {
  /** Takes the connection; resolves with the function that gives it back. First come, first served. */
  acquire(): Promise<() => void>;
  /** Runs a synchronous piece of work when the connection is free; at once if it is free now. */
  run<T>(work: () => T): Promise<T>;
}

/** Makes a gate that is open. */
export function createGate(): Gate {
  let held = false;
  const waiting: (() => void)[] = [];

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) held = false;
    else next();
  }

  async function acquire(): Promise<() => void> {
    if (held) await new Promise<void>((resolve) => waiting.push(resolve));
    held = true;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      release();
    };
  }

  return {
    acquire,
    async run<T>(work: () => T): Promise<T> {
      if (!held) return work();
      const giveBack = await acquire();
      try {
        return work();
      } finally {
        giveBack();
      }
    },
  };
}
