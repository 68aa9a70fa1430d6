/** Long work is done in pieces, and others are served in between. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** So much is done at once: this long (ms), and never more pieces than that, however fast they are. */
const AT_ONCE_MS = 15;
export const AT_ONCE_PIECES = 50;

/** What to await after each piece; it goes on at once unless others have waited long enough. */
export function createPause(): () => Promise<void> {
  let begun = performance.now();
  let done = 0;
  return async () => {
    done += 1;
    if (performance.now() - begun < AT_ONCE_MS && done < AT_ONCE_PIECES) return;
    await nextTurn();
    begun = performance.now();
    done = 0;
  };
}
