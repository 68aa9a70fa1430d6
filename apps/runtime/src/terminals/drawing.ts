/**
 * Draws a terminal as bytes that make an empty one of its size the same: screen, history, both buffers, cursor, modes, and what the
 * program set for later (saved cursor, scroll region, tab stops, character sets). In parts, so that the event loop is never held for long.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Terminal } from "@xterm/headless";
import { charsetLetters } from "./charset.ts";
import { createRowDrawer } from "./draw-rows.ts";
import { type Attributes, type Cell, type Charset, type Emulator, lookInside, type ScreenBuffer } from "./emulator.ts";
import { drawModes } from "./modes.ts";
import { comingUnderline, createPen, type Pen, sameLook } from "./pen.ts";

/** How long one piece of work may take (ms), looked at after so many rows. */
const PIECE_MS = 8;
const ROWS_AT_ONCE = 50;

const NO_MARKS: ReadonlyMap<number, string> = new Map();

interface RowsDrawing {
  readonly pen: Pen;
  readonly marks: ReadonlyMap<number, string>;
  /** Where the drawn rows are put. */
  readonly parts: Uint8Array[];
}

interface NamedEmulator extends Emulator {
  /** The letter that names a character set. */
  letter(charset: Charset | undefined): string;
}

export interface Extras {
  /** Sequences for the terminal as a whole. */
  readonly whole: string;
  /** Sequences for rows of the normal buffer, at their beginning. */
  readonly rows: ReadonlyMap<number, string>;
}

export async function drawScreen(terminal: Terminal, extras: Extras): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  const letters = await charsetLetters();
  const emulator: NamedEmulator = { ...lookInside(terminal), letter: (set) => (set === undefined ? undefined : letters.get(set)) ?? "B" };
  const { normal, alt, active } = emulator.buffers;
  const pen = createPen(emulator);
  await drawRows(emulator, normal, { pen, parts, marks: extras.rows });
  let rest = settle(emulator, normal, pen);
  if (active === alt) {
    parts.push(Buffer.from(`${rest}${pen.toBackground(0)}\x1b[?1047h\x1b[H`));
    await drawRows(emulator, alt, { pen, parts, marks: NO_MARKS });
    rest = settle(emulator, alt, pen);
  }
  parts.push(Buffer.from(rest + extras.whole + drawModes(terminal, emulator) + drawCursor(terminal, emulator, pen)));
  return parts;
}

async function drawRows(emulator: Emulator, buffer: ScreenBuffer, { pen, parts, marks }: RowsDrawing): Promise<void> {
  const drawer = createRowDrawer(emulator, buffer, { pen, marks });
  const { length } = buffer.lines;
  let began = performance.now();
  for (let row = 0; row < length; row += ROWS_AT_ONCE) {
    parts.push(Buffer.from(drawer.draw(Math.min(row + ROWS_AT_ONCE, length))));
    if (performance.now() - began < PIECE_MS) continue;
    await turn();
    began = performance.now();
  }
}

/** What belongs to a buffer besides its cells. */
function settle(emulator: NamedEmulator, buffer: ScreenBuffer, pen: Pen): string {
  return drawTabs(emulator, buffer) + drawSavedCursor(emulator, buffer, pen) + drawRegion(emulator, buffer);
}

function drawTabs({ cols }: Emulator, buffer: ScreenBuffer): string {
  const stops = Object.keys(buffer.tabs)
    .map(Number)
    .filter((column) => column < cols && buffer.tabs[column] === true);
  const usual = Array.from({ length: Math.ceil(cols / 8) }, (_, index) => index * 8);
  if (stops.length === usual.length && stops.every((column, index) => column === usual[index])) return "";
  return `\x1b[3g${stops.map((column) => `\x1b[${column + 1}G\x1bH`).join("")}`;
}

function drawSavedCursor(emulator: NamedEmulator, buffer: ScreenBuffer, pen: Pen): string {
  const { savedX, savedY, savedCurAttrData, savedCharset } = buffer;
  const isUntouched = savedX === 0 && savedY === 0 && savedCurAttrData.fg === 0 && savedCurAttrData.bg === 0 && savedCharset === undefined;
  if (isUntouched) return "";
  // What has scrolled away since is restored to the first row.
  const row = Math.min(Math.max(savedY - buffer.ybase, 0), emulator.rows - 1);
  const at = place(emulator, buffer, { column: savedX, row, pen, from: 0 });
  const letter = emulator.letter(savedCharset);
  const set = letter === "B" ? "" : `\x1b(${letter}`;
  const [open, close] = savedLines(savedCurAttrData);
  return `${at}${set}${pen.to(savedCurAttrData)}${open}\x1b7${close}${set === "" ? "" : "\x1b(B"}`;
}

/** Of lines and links the emulator saves that there are some, not which: what is restored is in the style, or the link, of that moment. */
function savedLines(saved: Attributes): [open: string, close: string] {
  if (saved.hasExtendedAttrs() === 0) return ["", ""];
  return saved.isUnderline() === 0 ? ["\x1b]8;;about:blank\x1b\\", "\x1b]8;;\x1b\\"] : ["\x1b[4m", "\x1b[24m"];
}

function drawRegion({ rows }: Emulator, { scrollTop, scrollBottom }: ScreenBuffer): string {
  return scrollTop === 0 && scrollBottom === rows - 1 ? "" : `\x1b[${scrollTop + 1};${scrollBottom + 1}r`;
}

interface Place {
  readonly column: number;
  readonly row: number;
  readonly pen: Pen;
  /** The row that counts as the first. */
  readonly from: number;
}

/** Moves the cursor; after the last column, where the next character breaks the line, only by drawing the last one again. */
function place(emulator: Emulator, buffer: ScreenBuffer, { column, row, pen, from }: Place): string {
  const move = (to: number) => `\x1b[${row - from + 1};${to + 1}H`;
  if (column < emulator.cols) return move(column);
  const { cell, start } = cellBefore(emulator, buffer, { column: emulator.cols, row });
  const last = `${move(start)}${pen.again(cell)}${cell.getChars() === "" ? " " : cell.getChars()}`;
  // A character without width that joins nothing moves the emulator's cursor even beyond that.
  const beyond = column - emulator.cols;
  return last + `${pen.again(cell)}\ufe0f`.repeat(beyond);
}

/** The character that ends before a column, and the column it starts at. */
function cellBefore(emulator: Emulator, buffer: ScreenBuffer, { column, row }: { column: number; row: number }) {
  const cell = emulator.scratch();
  const line = buffer.lines.get(buffer.ybase + row);
  let start = column - 1;
  line?.loadCell(start, cell);
  if (cell.getWidth() === 0 && cell.getChars() === "" && start > 0) {
    start -= 1;
    line?.loadCell(start, cell);
  }
  return { cell, start };
}

/** The last of all: where the cursor stands, what it will draw like, and whether a combining character may join what stands before it. */
function drawCursor(terminal: Terminal, emulator: NamedEmulator, pen: Pen): string {
  const buffer = emulator.buffers.active;
  const { x, y } = buffer;
  const { originMode, insertMode } = terminal.modes;
  const from = originMode ? buffer.scrollTop : 0;
  const look = () => pen.again(emulator.pen) + comingUnderline(emulator.pen);
  const insert = insertMode ? "\x1b[4h" : "";
  if (emulator.joins !== 0 && x > 0 && x <= emulator.cols) {
    const { cell, start } = cellBefore(emulator, buffer, { column: x, row: y });
    if (cell.getChars() !== "" && sameLook(cell, emulator.pen) && isDrawnAsIs(cell, emulator)) {
      // Nothing may come between a character and what joins it. One that is inserted moves what stands there on: it is taken away before.
      const making = insertMode ? `\x1b[${x - start}P${insert}` : "";
      return `${drawCharsets(emulator, true)}\x1b[${y - from + 1};${start + 1}H${making}${look()}${cell.getChars()}`;
    }
  }
  const at = place(emulator, buffer, { column: x, row: y, pen, from });
  // After the last column the cursor was put by drawing, which no other set may change.
  const placed = x < emulator.cols ? drawCharsets(emulator, true) + at : at + drawCharsets(emulator, false);
  return placed + look() + insert;
}

/** A character set changes some of ASCII alone. */
function isDrawnAsIs(cell: Cell, { charset }: Emulator): boolean {
  const [first = ""] = cell.getChars();
  return charset === undefined || first >= "\x7f" || charset[first] === undefined;
}

/** The character sets and which of them is used; exactly so only where it may move the cursor. */
function drawCharsets({ charset, charsets, glevel, letter: nameOf, buffers }: NamedEmulator, mayMove: boolean): string {
  // With a saved cursor its set came back, until the program chooses one of the four again.
  const isRestored = mayMove && charset !== charsets[glevel] && nameOf(charset) === nameOf(buffers.active.savedCharset);
  const letters = [0, 1, 2, 3].map((level) => nameOf(level === glevel && !isRestored ? charset : charsets[level]));
  const named = letters.map((letter, level) => (letter === "B" ? "" : `\x1b${"()*+"[level] ?? "("}${letter}`)).join("");
  return named + ["", "\x0e", "\x1bn", "\x1bo"][glevel] + (isRestored ? "\x1b8" : "");
}
