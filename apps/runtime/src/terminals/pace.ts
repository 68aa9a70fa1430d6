/** When the program must wait: the slowest viewer that still draws sets the pace, and the screen's backlog is bounded. */

/** A viewer that has drawn nothing for this long (ms) does not hold up the program any more, until it draws again. */
const STALLED_MS = 2_000;
/** Unparsed output beyond which the program waits, and below which it goes on (bytes). */
const PARSE_PAUSE = 4 * 1024 * 1024;
const PARSE_RESUME = 1024 * 1024;

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
  /** Something moved: output came, was parsed or was drawn, or a viewer went. */
  check(): void;
  /** The program waits for nobody any more. */
  stop(): void;
}

export function createPace({ pty, viewers, backlog, ring }: PaceOptions): Pace {
  let paused = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** How long (ms) the slowest viewer may still hold the program up; 0: nobody does. */
  function heldFor(limit: number): number {
    let longest = 0;
    for (const viewer of viewers()) {
      if (viewer.behind() <= limit) continue;
      const since = viewer.idleSince();
      if (since !== undefined) longest = Math.max(longest, since + STALLED_MS - performance.now());
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
    check,
    stop() {
      stopped = true;
      clearTimeout(timer);
      if (paused) pty.resume();
    },
  };
}
