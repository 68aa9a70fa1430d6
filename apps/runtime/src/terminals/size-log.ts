/** The sizes a terminal had, each with the position in its output from which on it had it. */
import type { TerminalSize } from "@fairlead/protocol";

export interface SizeChange {
  /** Counts the changes from 0, the size at the beginning. */
  readonly serial: number;
  readonly position: number;
  readonly size: TerminalSize;
}

export interface SizeLog {
  newest(): SizeChange;
  /** The newest change at or before a position that is kept. */
  at(position: number): SizeChange;
  /** The change after this one; if that is forgotten, the oldest kept. */
  after(serial: number): SizeChange | undefined;
  /** From `position` on, which is not below any before it, the terminal has this size. */
  change(position: number, size: TerminalSize): SizeChange;
  /** Forgets what was over before `position`. */
  forget(position: number): void;
}

/** Changes kept although no output came between them. */
const MOST_KEPT = 4_096;

/**
 * Every change is kept, also where no output lies between two: a screen that was narrow for a moment has lines broken differently, and all
 * who draw it must break them alike.
 */
export function createSizeLog(first: TerminalSize, position = 0): SizeLog {
  let newest: SizeChange = { serial: 0, position, size: first };
  let kept = [newest];

  return {
    newest: () => newest,
    at: (position) => kept.findLast((change) => change.position <= position) ?? kept[0] ?? newest,
    after: (serial) => (serial >= newest.serial ? undefined : (kept[Math.max(0, serial + 1 - (kept[0]?.serial ?? 0))] ?? newest)),
    change(position, size) {
      newest = { serial: newest.serial + 1, position, size };
      kept.push(newest);
      if (kept.length > MOST_KEPT) kept = kept.slice(-MOST_KEPT / 2);
      return newest;
    },
    forget(position) {
      if ((kept[1]?.position ?? Number.POSITIVE_INFINITY) > position) return;
      const index = kept.findLastIndex((change) => change.position <= position);
      kept = kept.slice(index);
    },
  };
}
