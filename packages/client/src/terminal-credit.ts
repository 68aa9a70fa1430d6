/** Tells the runtime how much of an attachment's output was drawn, so that it sends no faster than the screen takes it. */
import { TERMINAL_WINDOW_BYTES } from "@fairlead/protocol";

/** Drawn bytes that are told at once. Fewer are told after `PAUSE`, lest a quiet viewer be taken for a stuck one. */
const STEP = TERMINAL_WINDOW_BYTES / 4;
/** Longest delay of a small credit (ms). */
const PAUSE = 200;

export interface Credit {
  /** Bytes of this attachment were handed on to be drawn. */
  delivered(count: number): void;
  /** Bytes of this attachment that need not be drawn. */
  skipped(count: number): void;
  /** Bytes are drawn, in the order they were delivered. */
  drawn(count: number): void;
  /**
   * Something is typed. While bytes are being drawn it may be the terminal's answer to what it draws; that they are drawn is then told with
   * it, lest a cut between the two make the runtime answer again.
   */
  typed(): void;
  /** A new attachment counts from 0; what an earlier one delivered may still be drawn, and is no credit. */
  restart(): void;
  stop(): void;
}

export function createCredit(tell: (total: number) => void): Credit {
  let stale = 0;
  let pending = 0;
  let total = 0;
  let told = 0;
  let isAwaited = false;
  let later: ReturnType<typeof setTimeout> | undefined;

  const tellNow = () => {
    clearTimeout(later);
    later = undefined;
    told = total;
    isAwaited = false;
    tell(total);
  };
  const add = (count: number) => {
    total += count;
    if (total - told >= STEP || (isAwaited && total > told)) tellNow();
    else if (total > told) later ??= setTimeout(tellNow, PAUSE);
  };
  const stop = () => {
    clearTimeout(later);
    later = undefined;
  };

  return {
    delivered(count) {
      pending += count;
    },
    skipped: add,
    drawn(count) {
      const old = Math.min(stale, count);
      stale -= old;
      const counted = Math.min(pending, count - old);
      pending -= counted;
      add(counted);
    },
    typed() {
      isAwaited ||= pending > 0;
    },
    restart() {
      stop();
      isAwaited = false;
      stale += pending;
      pending = 0;
      total = 0;
      told = 0;
    },
    stop,
  };
}
