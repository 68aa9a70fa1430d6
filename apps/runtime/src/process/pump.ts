/** Reads a stream as it comes and pauses it while the receiver wants no more: nothing is lost, nothing piles up. */
import type { Readable } from "node:stream";

export interface PumpOptions {
  /** Takes a chunk; false asks for a pause after it. */
  onChunk(chunk: Buffer): boolean;
  /** Called when paused; reading goes on when it resolves. */
  resumed(): Promise<void>;
}

export interface Pump {
  /** Settles when the stream has been read to its end or closed. */
  readonly ended: Promise<void>;
  isPaused(): boolean;
  /** Chunks read so far, to tell silence from speech. */
  count(): number;
  /** Reads on through pauses for `bytes` more bytes: what a stop needs to see how its agent answers. */
  readThrough(bytes: number): void;
  /** Stops reading; what is unread is thrown away. */
  destroy(): void;
}

/** Starts reading at once. A stream error counts as its end. */
export function pump(stream: Readable, options: PumpOptions): Pump {
  let paused = false;
  let chunks = 0;
  let allowance = 0;

  function resume(): void {
    if (!paused) return;
    paused = false;
    stream.resume();
  }

  stream.on("data", (chunk: Buffer) => {
    chunks += 1;
    if (options.onChunk(chunk)) {
      allowance = 0;
      return;
    }
    if (allowance > 0) {
      allowance -= chunk.length;
      return;
    }
    paused = true;
    stream.pause();
    void options.resumed().then(resume);
  });
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  });
  stream.resume();

  return {
    ended,
    isPaused: () => paused,
    count: () => chunks,
    readThrough(bytes) {
      allowance = bytes;
      resume();
    },
    destroy: () => void stream.destroy(),
  };
}

/** How many turns of the event loop without a chunk mean that a pipe without a writer's activity is empty. */
const QUIET_LOOPS = 3;

/** Waits until all pipes have been read empty for the moment: unpaused, and several turns of the event loop without a chunk. */
export async function readEmpty(pumps: readonly Pump[]): Promise<void> {
  const total = () => pumps.reduce((sum, { count }) => sum + count(), 0);
  let seen = total();
  for (let quiet = 0; quiet < QUIET_LOOPS; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (pumps.some(({ isPaused }) => isPaused())) await new Promise((resolve) => setTimeout(resolve, 5));
    else if (total() === seen) continue;
    seen = total();
    quiet = -1;
  }
}

/**
 * After a process group is gone: reads what is left in its pipes. A process that escaped from the group may hold a pipe open
 * for ever; so an empty pipe is closed after `quiet` ms without a chunk.
 */
export async function readRest(pumps: readonly Pump[], quiet: number): Promise<void> {
  const ended = Promise.all(pumps.map((one) => one.ended)).then(() => true);
  for (;;) {
    const before = pumps.map(({ count }) => count());
    const timeout = new Promise<false>((resolve) => setTimeout(resolve, quiet, false));
    if (await Promise.race([ended, timeout])) return;
    const isQuiet = pumps.every((one, index) => one.count() === before[index] && !one.isPaused());
    if (isQuiet) break;
  }
  for (const one of pumps) one.destroy();
}
