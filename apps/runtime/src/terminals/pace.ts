/** When the program must wait: the slowest viewer sets the pace, down to a least rate, and the screen's backlog is bounded. */
import { TERMINAL_WINDOW_BYTES } from "@fairlead/protocol";

/**
 * A viewer that is behind draws a quarter of the ring, but no more than so many bytes, in this time (ms); one that does not is left behind,
 * and holds the program up no more until it has caught up.
 */
const MEASURED_MS = 2_000;
const MOST_ASKED = 1024 * 1024;
/** It has not caught up while it has more than this to draw of what it was sent (bytes). */
const NEARLY_DRAWN = TERMINAL_WINDOW_BYTES / 2;
/** For a viewer that went, or lost its connection, the program is held up for this long (ms): coming back it has missed nothing. */
const RETURN_MS = 5_000;
/** Unparsed output beyond which the program waits, and below which it goes on (bytes). */
const PARSE_PAUSE = 8 * 1024 * 1024;
const PARSE_RESUME = 4 * 1024 * 1024;

export interface PacedViewer {
  /** False: it only watches, and never holds the program up. */
  readonly may_hold: boolean;
  /** Output that it has not been sent (bytes). */
  behind(): number;
  /** What it has drawn, and what it has not of what it was sent or will be of a screen (bytes). */
  drawn(): number;
  undrawn(): number;
  /** Its screen is being made: it has nothing to draw. */
  isWaiting(): boolean;
}

/** What a viewer that is behind had drawn at a time (ms of the clock), and whether it was left behind. */
interface Mark {
  drawn: number;
  at: number;
  isLeft: boolean;
}

export interface PaceOptions {
  readonly pty: { pause(): void; resume(): void };
  readonly viewers: () => Iterable<PacedViewer>;
  /** Output that the screen has not parsed (bytes). */
  readonly backlog: () => number;
  /** The ring's size (bytes): a viewer half of it behind holds the program up, one that is a quarter behind does no longer. */
  readonly ring: number;
}

export interface Pace {
  /** A viewer went; it may come back. */
  left(viewer: PacedViewer & { readonly viewer_id: string }): void;
  /** A viewer came; whoever left under its name is back. */
  came(viewerId: string): void;
  /** Something moved: output came, was parsed or was drawn, or a viewer went. */
  check(): void;
  /** The program waits for nobody any more. */
  stop(): void;
}

export function createPace({ pty, viewers, backlog, ring }: PaceOptions): Pace {
  let paused = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const asked = Math.min(ring / 4, MOST_ASKED);
  /** Of those that are behind, or were. */
  const marks = new WeakMap<PacedViewer, Mark>();
  /** Those that left a moment ago, by viewer id. */
  const absent = new Map<string, { readonly viewer: PacedViewer; readonly until: number }>();

  /** How long (ms) a viewer may still hold the program up. */
  function graceOf(viewer: PacedViewer, limit: number): number {
    if (!viewer.may_hold) return 0;
    if (viewer.behind() <= limit) {
      if (viewer.undrawn() <= NEARLY_DRAWN) marks.delete(viewer);
      return 0;
    }
    const now = performance.now();
    const drawn = viewer.drawn();
    const mark = marks.get(viewer) ?? { drawn, at: now, isLeft: false };
    marks.set(viewer, mark);
    if (mark.isLeft) return 0;
    if (viewer.isWaiting() || drawn - mark.drawn >= asked) Object.assign(mark, { drawn, at: now });
    const left = Math.max(0, mark.at + MEASURED_MS - now);
    mark.isLeft = left === 0;
    return left;
  }

  /** How long (ms) the slowest viewer may still hold the program up; 0: nobody does. */
  function heldFor(limit: number): number {
    let longest = 0;
    for (const viewer of viewers()) longest = Math.max(longest, graceOf(viewer, limit));
    for (const [viewerId, { viewer, until }] of absent) {
      const left = until - performance.now();
      if (left <= 0) absent.delete(viewerId);
      else if (viewer.behind() > limit) longest = Math.max(longest, left);
    }
    return longest;
  }

  function check(): void {
    if (stopped) return;
    const held = heldFor(paused ? ring / 4 : ring / 2);
    const full = backlog() > (paused ? PARSE_RESUME : PARSE_PAUSE);
    clearTimeout(timer);
    if (held > 0 || full) {
      if (!paused) pty.pause();
      paused = true;
      if (held > 0) timer = setTimeout(check, held);
    } else if (paused) {
      paused = false;
      pty.resume();
    }
  }

  return {
    left(viewer) {
      if (viewer.may_hold && marks.get(viewer)?.isLeft !== true)
        absent.set(viewer.viewer_id, { viewer, until: performance.now() + RETURN_MS });
      check();
    },
    came(viewerId) {
      absent.delete(viewerId);
    },
    check,
    stop() {
      stopped = true;
      clearTimeout(timer);
      if (paused) pty.resume();
    },
  };
}
