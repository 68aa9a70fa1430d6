/** A terminal's screen as plain text, for scripts and for patterns. */
import type { TerminalScreen } from "@fairlead/protocol";
import type { Terminal } from "@xterm/headless";

export type ScreenText = Omit<TerminalScreen, "terminal_id">;

/** Lines with trailing spaces cut; `history` lines from above the screen come first. The cursor's row is the index of its line. */
export function readScreen(terminal: Terminal, history: number): Omit<ScreenText, "title" | "offset"> {
  const { active } = terminal.buffer;
  const first = Math.max(0, active.baseY - history);
  const lines: string[] = [];
  for (let row = first; row < active.baseY + terminal.rows; row += 1)
    lines.push(active.getLine(row)?.translateToString(true).trimEnd() ?? "");
  return {
    cols: terminal.cols,
    rows: terminal.rows,
    lines,
    cursor: { row: active.baseY - first + active.cursorY, col: Math.min(active.cursorX, terminal.cols - 1) },
    alternate: active.type === "alternate",
  };
}
