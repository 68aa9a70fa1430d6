/** Draws the rows of a buffer as text: from an empty screen with the cursor at its first cell, so that each line breaks where it did. */
import type { Cell, Emulator, Line, ScreenBuffer } from "./emulator.ts";
import { backgroundOf, type Pen } from "./pen.ts";

const INVERSE = 0x4000000;
const LINES = 0x10000000 | 0x80000000;
const OVERLINE = 0x40000000;
const EXTENDED = 0x10000000;
/** Any character that is drawn into two cells. */
const WIDE = "\u6f22";
/** The first code point that may join the character before it. */
const FIRST_JOINING = 0x300;

export interface RowDrawer {
  /** The text of the next rows, up to but without `end`. */
  draw(end: number): string;
}

interface RowDrawing {
  /** Must be plain. */
  readonly pen: Pen;
  /** Sequences that stand before rows and draw nothing; a row that goes on from the one above has none. */
  readonly marks: ReadonlyMap<number, string>;
}

/** Draws the buffer's rows on an empty screen. */
export function createRowDrawer(emulator: Emulator, buffer: ScreenBuffer, { pen, marks }: RowDrawing): RowDrawer {
  const { cols, rows } = emulator;
  const cell = emulator.scratch();
  let next = 0;
  /** Where the cursor stands in the row that was drawn last; `cols`: the next character breaks the line. */
  let column = 0;
  /** Whether cells that nothing is drawn into are empty without colour. */
  let isClean = true;
  let parts: string[] = [];

  function erase(count: number, background: number): void {
    parts.push(pen.toBackground(background), `\x1b[${count}X`);
  }

  function forward(count: number): void {
    parts.push(count === 1 ? "\x1b[C" : `\x1b[${count}C`);
    column += count;
  }

  /** Whether the next line goes on where this one ends just by drawing its first character. */
  function breaksByItself(above: Line, line: Line): boolean {
    line.loadCell(0, cell);
    // What has no width breaks no line.
    if (cell.getWidth() === 0 || isEmpty(cell)) return false;
    if (column === cols) return true;
    if (column !== cols - 1 || cell.getWidth() !== 2) return false;
    const background = backgroundOf(cell);
    above.loadCell(cols - 1, cell);
    return cell.getChars() === "" && backgroundOf(cell) === background;
  }

  /** Breaks a line that does not end in a character: draws some that do, and takes them away again. */
  function forceBreak(above: Line): void {
    const gap = cols - column;
    parts.push(pen.toBackground(0), "-".repeat(gap + 1));
    if (gap > 0) {
      parts.push("\x1b[A", `\x1b[${column + 1}G`);
      eraseRest(above, column);
      parts.push("\x1b[B");
    }
    parts.push("\r");
  }

  /** Gives the empty cells from `from` to the end of the line their backgrounds. */
  function eraseRest(line: Line, from: number): void {
    column = from;
    for (let at = from; at < cols; ) {
      const background = backgroundOf(line.loadCell(at, cell));
      let end = at + 1;
      while (end < cols && backgroundOf(line.loadCell(end, cell)) === background) end += 1;
      erase(end - at, background);
      if (end < cols) forward(end - at);
      at = end;
    }
  }

  /** A first line that goes on from one that is gone: breaks a line onto the second row, and moves it up. */
  function beginFirst(line: Line): void {
    if (!line.isWrapped || rows === 1) return;
    parts.push("-".repeat(cols + 1), "\x1b[S\x1b[H");
    isClean = false;
  }

  function begin(row: number, line: Line): void {
    // The emulator's list goes round: before its first line stands its last.
    const above = row === 0 ? undefined : buffer.lines.get(row - 1);
    if (above === undefined) {
      beginFirst(line);
      return;
    }
    if (line.isWrapped && breaksByItself(above, line)) {
      isClean = false;
    } else if (line.isWrapped && rows > 1) {
      forceBreak(above);
      isClean = false;
    } else {
      // A line that scrolls in is filled with the pen's background.
      parts.push(pen.toBackground(0), "\r\n");
      isClean = true;
    }
    column = 0;
  }

  function character(chars: string): void {
    const look = pen.to(cell);
    const first = chars.codePointAt(0) ?? 0;
    const joins = first >= FIRST_JOINING && emulator.width(first) === 0;
    parts.push(joins && look === "" ? pen.again(cell) : look, chars);
  }

  /** The cells from `at` on that show nothing but one background: draws it, and returns the column after them. */
  function drawEmpty(line: Line, at: number): number {
    const background = backgroundOf(cell);
    let end = at + 1;
    while (end < cols && isEmpty(line.loadCell(end, cell)) && backgroundOf(cell) === background) end += 1;
    if (!isClean || background !== 0) erase(end - at, background);
    if (end < cols) forward(end - at);
    return end;
  }

  /**
   * The second half of a wide character whose first half is gone shows its background, until what is drawn before it gives it another:
   * makes one where the cursor stands, by moving the halves apart, and an empty cell before it.
   */
  function drawHalf(line: Line, at: number): void {
    const look = pen.to(cell);
    const background = (column: number) => backgroundOf(line.loadCell(column, cell));
    if (at > 0 && at < cols - 1) {
      parts.push("\b", look, WIDE, "\b", pen.toBackground(0), "\x1b[@\b\x1b[P");
      erase(1, background(at - 1));
      parts.push("\x1b[2C");
    } else if (at > 1 && isEmpty(line.loadCell(at - 2, cell))) {
      // At the end of the line there is room before it only.
      parts.push("\b\b", look, WIDE, "\b", pen.toBackground(0), "\x1b[@\b");
      erase(1, background(at - 2));
      parts.push("\x1b[C");
      erase(1, background(at - 1));
      parts.push("\x1b[C");
    } else {
      erase(1, background(at));
      if (at < cols - 1) parts.push("\x1b[C");
    }
    column = Math.min(at + 1, cols - 1);
  }

  function drawLine(line: Line): void {
    for (let at = 0; at < cols; ) {
      line.loadCell(at, cell);
      if (isEmpty(cell)) {
        at = drawEmpty(line, at);
        continue;
      }
      const width = cell.getWidth();
      const chars = cell.getChars();
      if (width === 0 && chars === "") {
        drawHalf(line, at);
      } else {
        character(chars === "" ? " " : chars);
        column += Math.max(width, 1);
      }
      at += Math.max(width, 1);
    }
  }

  return {
    draw(end) {
      parts = [];
      for (; next < end; next += 1) {
        const line = buffer.lines.get(next);
        if (line === undefined) continue;
        begin(next, line);
        if (!line.isWrapped) parts.push(marks.get(next) ?? "");
        drawLine(line);
      }
      return parts.join("");
    },
  };
}

/** Whether a cell shows nothing but its background. */
function isEmpty(cell: Cell): boolean {
  return cell.getWidth() !== 0 && cell.getChars() === "" && !isVisible(cell);
}

/** Whether an empty cell shows something besides its background. */
function isVisible(cell: Cell): boolean {
  if ((cell.fg & (INVERSE | LINES)) !== 0 || (cell.bg & OVERLINE) !== 0) return true;
  return (cell.bg & EXTENDED) !== 0 && cell.isUnderline() !== 0;
}
