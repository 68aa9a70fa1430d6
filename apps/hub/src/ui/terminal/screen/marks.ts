/** Where prompts begin and commands run, as a shell tells it with OSC 133: to jump between them, and to know whether a program runs. */
import type { IMarker, Terminal } from "@xterm/xterm";

export interface Marks {
  /** Whether a command runs; undefined: the shell does not tell. */
  readonly busy: boolean | undefined;
  /** Scrolls to the prompt before (-1) or after (1) what is shown; false: there is none. */
  jump(step: -1 | 1): boolean;
}

/** Prompts remembered; older ones have left the history long before. */
const MOST_MARKS = 2_000;

export function createMarks(xterm: Terminal): Marks {
  let prompts: IMarker[] = [];
  let busy: boolean | undefined;
  xterm.parser.registerOscHandler(133, (data) => {
    const kind = data.charAt(0);
    if (kind === "A") remember();
    if (kind === "A" || kind === "B" || kind === "D") busy = false;
    if (kind === "C") busy = true;
    return true;
  });

  function remember(): void {
    // The types promise a marker; in the alternate buffer there is none.
    const marker: IMarker | undefined = xterm.registerMarker(0);
    if (marker !== undefined) prompts = [...prompts.filter(({ isDisposed }) => !isDisposed), marker].slice(-MOST_MARKS);
  }

  return {
    get busy() {
      return busy;
    },
    jump(step) {
      const top = xterm.buffer.active.viewportY;
      const lines = prompts.filter(({ isDisposed }) => !isDisposed).map(({ line }) => line);
      const line = step < 0 ? lines.filter((at) => at < top).at(-1) : lines.find((at) => at > top);
      if (line === undefined) return false;
      xterm.scrollToLine(line);
      return true;
    },
  };
}
