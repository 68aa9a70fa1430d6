/** Does something every so often: never twice at once, never at the same moment as every other hub, until stopped. */

export interface LoopOptions {
  readonly every_ms: number;
  /** Each wait is longer or shorter by up to this share of `every_ms`. */
  readonly jitter?: number;
  /** One round. What it throws goes to `failed`; the loop goes on. */
  run(): Promise<void>;
  failed(error: unknown): void;
}

export interface Loop {
  /** Ends the loop and waits for the round that runs. */
  stop(): Promise<void>;
}

/** Starts a loop whose first round comes after one wait. The next wait begins when a round has ended. */
export function startLoop({ every_ms, jitter = 0.1, run, failed }: LoopOptions): Loop {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    try {
      await run();
    } catch (error) {
      failed(error);
    }
    arm();
  }

  function arm(): void {
    if (stopped) return;
    const wait = every_ms * (1 + jitter * (Math.random() * 2 - 1));
    timer = setTimeout(() => {
      running = round();
    }, wait);
    // A hub that has nothing else to do may exit.
    timer.unref();
  }

  arm();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
