/** Long outputs: what a terminal shows of a line, and the part worth showing before a person asks for all of it. */

/** Outputs of more lines than this are folded. */
export const FOLD_ABOVE_LINES = 40;
const HEAD_LINES = 8;
const TAIL_LINES = 24;

/** What a terminal would show of one line: a lone carriage return starts it over, a backspace takes one character back. */
export function settleLine(line: string): string {
  const overwritten = line.includes("\r") ? overwrite(line) : line;
  return overwritten.includes("\b") ? backspace(overwritten) : overwritten;
}

function overwrite(line: string): string {
  const passes = line.split("\r").filter((pass) => pass !== "");
  // With colours in it a pass is not as wide as it is long; the last one stands for the line then.
  if (line.includes("\u001b")) return passes.at(-1) ?? "";
  return passes.reduce((shown, pass) => pass + shown.slice(pass.length), "");
}

function backspace(line: string): string {
  const kept: string[] = [];
  for (const character of line) {
    if (character === "\b") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
}

export interface Fold {
  /** Lines shown from the start. */
  readonly head: number;
  /** How many lines are not shown; 0: all are in `head`. */
  readonly hidden: number;
  /** Lines shown from the end. */
  readonly tail: number;
}

/** How an output of so many lines is shown while nobody asked for all of it: its beginning and its newest lines. */
export function foldOf(lines: number): Fold {
  if (lines <= FOLD_ABOVE_LINES) return { head: lines, hidden: 0, tail: 0 };
  return { head: HEAD_LINES, hidden: lines - HEAD_LINES - TAIL_LINES, tail: TAIL_LINES };
}
