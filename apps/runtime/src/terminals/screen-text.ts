/** A terminal's screen as plain text, for scripts and for patterns. */
import { setImmediate as turn } from "node:timers/promises";
import { MAX_RUNTIME_FRAME_BYTES, type TerminalScreen } from "@fairlead/protocol";
import type { Terminal } from "@xterm/headless";

export type ScreenText = Omit<TerminalScreen, "terminal_id">;

/** What the lines may take as JSON (bytes): the answer travels in one frame. */
const MOST_BYTES = (MAX_RUNTIME_FRAME_BYTES * 3) / 4;
/** Lines read before others have their turn. */
const AT_ONCE = 250;

/**
 * Lines with trailing spaces cut; `history` lines from above the screen come first, and of all of them the newest that fit. The cursor's
 * row is the index of its line. The terminal must be left alone meanwhile.
 */
export async function readScreen(terminal: Terminal, history: number): Promise<Omit<ScreenText, "title" | "offset">> {
  const { active } = terminal.buffer;
  const oldest = Math.max(0, active.baseY - history);
  const lines: string[] = [];
  let first = active.baseY + terminal.rows;
  for (let room = MOST_BYTES; first > oldest; first -= 1) {
    const line =
      active
        .getLine(first - 1)
        ?.translateToString(true)
        .trimEnd() ?? "";
    room -= Buffer.byteLength(JSON.stringify(line)) + 1;
    if (room < 0) break;
    lines.push(line);
    if (lines.length % AT_ONCE === 0) await turn();
  }
  return {
    cols: terminal.cols,
    rows: terminal.rows,
    lines: lines.reverse(),
    cursor: { row: Math.max(0, active.baseY - first + active.cursorY), col: Math.min(active.cursorX, terminal.cols - 1) },
    alternate: active.type === "alternate",
    ...(first > oldest ? { truncated: true } : {}),
  };
}
