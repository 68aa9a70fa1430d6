/** Two emulators side by side: whether they show, and will go on to show, the same. */
import unicode11 from "@xterm/addon-unicode11";
import headless, { type Terminal } from "@xterm/headless";
import { type Attributes, type Cell, type Emulator, lookInside, type ScreenBuffer } from "../src/terminals/emulator.ts";

export function newTerminal(cols: number, rows: number, scrollback: number): Terminal {
  const terminal = new headless.Terminal({ allowProposedApi: true, cols, rows, scrollback, logLevel: "off" });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  return terminal;
}

export function write(terminal: Terminal, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    terminal.write(bytes, resolve);
  });
}

function look(emulator: Emulator, cell: Attributes): string {
  const flags = [
    cell.isBold(),
    cell.isDim(),
    cell.isItalic(),
    isUnderlined(cell) ? 1 : 0,
    cell.isBlink(),
    cell.isInverse(),
    cell.isInvisible(),
    cell.isStrikethrough(),
    cell.isOverline(),
    cell.isProtected(),
  ]
    .map((flag) => (flag === 0 ? "." : "x"))
    .join("");
  const { urlId, ext } = cell.extended;
  const uri = urlId === 0 ? "" : (emulator.link(urlId)?.uri ?? "about:blank");
  const isShown = cell.hasExtendedAttrs() !== 0 && (isUnderlined(cell) || urlId !== 0);
  const extended = isShown ? `${(ext >>> 26) & 7} ${colour(ext & 0x3ffffff)}/${uri}` : "";
  return `${colour(cell.fg)} ${colour(cell.bg)} ${flags} ${extended}`;
}

/** What is underlined in no style shows nothing. */
function isUnderlined(cell: Attributes): boolean {
  return cell.isUnderline() !== 0 && (cell.hasExtendedAttrs() === 0 || cell.extended.underlineStyle !== 0);
}

/** A colour of the palette may carry what is left of an earlier one in bits that nobody reads. */
function colour(bits: number): string {
  const mode = bits & 0x3000000;
  const value = mode === 0x3000000 ? bits & 0xffffff : mode === 0 ? 0 : bits & 0xff;
  return (mode | value).toString(16);
}

function isBlank(cell: Cell): boolean {
  const isDrawnThrough = cell.isInverse() !== 0 || isUnderlined(cell) || cell.isStrikethrough() !== 0 || cell.isOverline() !== 0;
  return cell.getWidth() !== 0 && cell.getChars().trim() === "" && !isDrawnThrough;
}

/** An empty cell shows its background alone, unless something is drawn through it: then it is like a space. */
function describe(emulator: Emulator, cell: Cell): string {
  const chars = cell.getChars();
  if (chars === "" && cell.getWidth() === 0) return "-";
  if (chars === "" && isBlank(cell)) return `_${colour(cell.bg)}`;
  return `${chars === "" ? " " : chars}${cell.getWidth()} ${look(emulator, cell)}`;
}

function rowsOf(emulator: Emulator, buffer: ScreenBuffer): string[] {
  const cell = emulator.scratch();
  return Array.from({ length: buffer.lines.length }, (_, y) => {
    const line = buffer.lines.get(y);
    const cells = Array.from({ length: line?.length ?? 0 }, (__, x) => {
      if (line === undefined) return "";
      line.loadCell(x, cell);
      // A cursor that waits after an empty last cell can only be put there by drawing a space into it.
      return x === line.length - 1 && isBlank(cell) ? `_${colour(cell.bg)}` : describe(emulator, cell);
    });
    return [line?.isWrapped === true ? "wrapped" : "begins", ...cells].join("|");
  });
}

function bufferState({ lines, ybase, scrollTop, scrollBottom, savedX, savedY, savedCurAttrData, tabs }: ScreenBuffer) {
  return {
    ybase,
    scrollTop,
    scrollBottom,
    saved: [savedX, Math.max(0, savedY - ybase), colour(savedCurAttrData.fg), colour(savedCurAttrData.bg)],
    tabs: Object.keys(tabs).filter((key) => tabs[Number(key)] === true && Number(key) < (lines.get(0)?.length ?? 0)),
  };
}

/**
 * All that can be seen of a terminal or will matter later, as plain data to compare. `links`: with their addresses, or only where some are:
 * the emulator forgets an address with the line that the link was opened in, though what is drawn later still has it, and in a screen that
 * was drawn anew that is another line.
 */
export function stateOf(terminal: Terminal, links: "addresses" | "places" = "addresses") {
  const inside = lookInside(terminal);
  const emulator = links === "addresses" ? inside : { ...inside, link: () => undefined };
  const { normal, alt, active } = emulator.buffers;
  const isAlternate = active === alt;
  return {
    cursor: { x: active.x, y: active.y, hidden: emulator.isCursorHidden, style: emulator.cursorStyle, blink: emulator.cursorBlink },
    pen: look(emulator, emulator.pen),
    modes: terminal.modes,
    mouse: [emulator.mouseProtocol, emulator.mouseEncoding],
    convertEol: terminal.options.convertEol,
    parsing: emulator.parsing,
    isAlternate,
    buffers: [bufferState(normal), isAlternate ? bufferState(alt) : undefined],
    normal: rowsOf(emulator, normal),
    alt: isAlternate ? rowsOf(emulator, alt) : [],
  };
}
