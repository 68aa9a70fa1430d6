/** When the program must wait: the slowest viewer that still draws sets the pace, and the screen's backlog is bounded. */

/** A viewer that has drawn nothing for this long (ms) does not hold up the program any more, until it draws again. */
const STALLED_MS = 2_000;
/** For a viewer that went, or lost its connection, the program is held up for this long (ms): coming back it has missed nothing. */
const RETURN_MS = 5_000;
/** Unparsed output beyond which the program waits, and below which it goes on (bytes). */
const PARSE_PAUSE = 8 * 1024 * 1024;
const PARSE_RESUME = 4 * 1024 * 1024;

export interface PacedViewer {
  behind(): number;
  idleSince(): number | undefined;
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
  /** Those that left a moment ago, by viewer id. */
  const absent = new Map<string, { readonly viewer: PacedViewer; readonly until: number }>();

  /** How long (ms) the slowest viewer may still hold the program up; 0: nobody does. */
  function heldFor(limit: number): number {
    let longest = 0;
    for (const viewer of viewers()) {
      if (viewer.behind() <= limit) continue;
      const since = viewer.idleSince();
      if (since !== undefined) longest = Math.max(longest, since + STALLED_MS - performance.now());
    }
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
