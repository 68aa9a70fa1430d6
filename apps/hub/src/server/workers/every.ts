/** A chore at intervals: never two runs at once, never in step with other hubs, and a failure only delays it to the next run. */
import type { Log } from "../log.ts";

export interface Chore {
  readonly name: string;
  /** Milliseconds between the end of a run and the start of the next, give or take a tenth. */
  readonly everyMs: number;
  readonly work: () => Promise<void>;
}

/** How far a wait may differ from `everyMs`, as a share of it: several hubs on one database do not all come at once. */
const JITTER = 0.1;

/** Starts it; the returned function stops it and waits for a run under way. */
export function every({ name, everyMs, work }: Chore, log: Pick<Log, "error">): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(begin, wait());

  function wait(): number {
    return everyMs * (1 + JITTER * (Math.random() * 2 - 1));
  }

  function begin(): void {
    running = work()
      .catch((err: unknown) => log.error({ err, chore: name }, "a chore failed; it is tried again"))
      .then(() => {
        if (!stopped) timer = setTimeout(begin, wait());
      });
  }
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
