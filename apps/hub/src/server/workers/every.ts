/** A chore at intervals: never two runs at once, a failure is logged and the next run comes all the same. */
import type { Log } from "../log.ts";

export interface Chore {
  readonly name: string;
  /** Milliseconds between the end of a run and the start of the next. */
  readonly everyMs: number;
  readonly work: () => Promise<void>;
}

/** Starts it; the returned function stops it and waits for a run under way. */
export function every({ name, everyMs, work }: Chore, log: Pick<Log, "error">): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(begin, everyMs);

  function begin(): void {
    running = work()
      .catch((err: unknown) => log.error({ err, chore: name }, "a chore failed; it is tried again"))
      .then(() => {
        if (!stopped) timer = setTimeout(begin, everyMs);
      });
  }
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
