/** Where a shell's prompts stand and whether a command runs (OSC 133): a screen that is drawn anew has its prompts to jump to again. */
import type { IMarker, Terminal } from "@xterm/headless";

export interface Prompts {
  /** The sequence that marks each row of the normal buffer at which a prompt begins. */
  rows(): ReadonlyMap<number, string>;
  /** The sequence that tells whether a command runs; empty: the shell never told. */
  draw(): string;
}

/** Prompts remembered, as many as the browser does. */
const MOST = 2_000;
const PROMPT = "\x1b]133;A\x1b\\";
const AT_PROMPT = "\x1b]133;B\x1b\\";
const RUNS = "\x1b]133;C\x1b\\";

export function watchPrompts(terminal: Terminal): Prompts {
  let prompts: IMarker[] = [];
  let state = "";
  terminal.parser.registerOscHandler(133, (data) => {
    const kind = data.charAt(0);
    if (kind === "A") remember();
    if (kind === "A" || kind === "B" || kind === "D") state = AT_PROMPT;
    if (kind === "C") state = RUNS;
    return false;
  });

  function remember(): void {
    // In the alternate buffer there is none.
    const marker = terminal.registerMarker(0);
    if (marker === undefined) return;
    // Those that scrolled away are let go of now and then: a shell marks a prompt for each line that is typed.
    if (prompts.length >= 2 * MOST) prompts = prompts.filter(({ isDisposed }) => !isDisposed).slice(-MOST);
    prompts.push(marker);
  }

  return {
    rows: () => new Map(prompts.filter(({ isDisposed }) => !isDisposed).map(({ line }) => [line, PROMPT])),
    draw: () => state,
  };
}
