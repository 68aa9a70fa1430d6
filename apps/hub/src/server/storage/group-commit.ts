/** A queue whose entries share transactions: those of one tick, and those that arrive while a transaction runs. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError } from "@fairlead/protocol";

export interface GroupCommitOptions<E> {
  /** Writes a group, settles every entry in it, and never throws. */
  readonly commit: (group: readonly E[]) => Promise<void>;
  /** How much of `maxWeight` an entry uses. */
  readonly weigh: (entry: E) => number;
  /** Bound of one group; a single entry may exceed it. */
  readonly maxWeight: number;
  /** Entries that may wait; one more is refused with UNAVAILABLE. */
  readonly maxWaiting: number;
}

export interface GroupCommit<E> {
  /** Puts an entry in the queue. Throws UNAVAILABLE when the queue is full or closed. */
  add(entry: E): void;
  /** Takes no more entries; resolves when the waiting ones are settled. */
  close(): Promise<void>;
}

/** Groups form by themselves: nothing waits for company, the first entry is written at the end of its tick. */
export function createGroupCommit<E>(options: GroupCommitOptions<E>): GroupCommit<E> {
  let waiting: E[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  function take(): readonly E[] {
    let weight = 0;
    let count = 0;
    for (const entry of waiting) {
      weight += options.weigh(entry);
      if (count > 0 && weight > options.maxWeight) break;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      // The end of the tick, so that entries of the same tick join; between groups, so that sockets are served too.
      await nextTurn();
      await options.commit(take());
    }
    running = undefined;
  }

  return {
    add(entry) {
      if (closed) throw new AppError("UNAVAILABLE", "the hub is shutting down");
      if (waiting.length >= options.maxWaiting) throw new AppError("UNAVAILABLE", "the database is behind; try again", { retryAfter: 1 });
      waiting.push(entry);
      running ??= drain();
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
