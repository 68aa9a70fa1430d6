/** Joins storms of sizes: a dragged window edge changes the terminal some times a second, not hundreds, and ends at the last one. */
import { fitTerminalSize, type TerminalSize } from "@fairlead/protocol";

/** At most one change in this time (ms). */
const EACH_MS = 20;

export interface Resizer {
  /** Wants a size: applied at once, or joined with those that follow closely. */
  want(size: TerminalSize): void;
  stop(): void;
}

/** `apply` is called with sizes a terminal may have, each different from the one before. */
export function createResizer(first: TerminalSize, apply: (size: TerminalSize) => void): Resizer {
  let current = first;
  let wanted = first;
  let timer: NodeJS.Timeout | undefined;

  function change(): void {
    if (wanted.cols === current.cols && wanted.rows === current.rows) return;
    current = wanted;
    apply(current);
    timer = setTimeout(() => {
      timer = undefined;
      change();
    }, EACH_MS);
  }

  return {
    want(size) {
      wanted = fitTerminalSize(size);
      if (timer === undefined) change();
    },
    stop: () => clearTimeout(timer),
  };
}
