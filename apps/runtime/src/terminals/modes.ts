/** The modes a program has set, as the sequences that set them. */
import type { Terminal } from "@xterm/headless";
import type { Emulator } from "./emulator.ts";

const MOUSE = new Map([
  ["X10", 9],
  ["VT200", 1000],
  ["DRAG", 1002],
  ["ANY", 1003],
]);
const MOUSE_ENCODING = new Map([
  ["SGR", 1006],
  ["SGR_PIXELS", 1016],
]);
const CURSOR = { block: 1, underline: 3, bar: 5 } as const;

/** All but insert mode, which would disturb what is drawn after it. Origin mode moves the cursor to the first cell. */
export function drawModes(terminal: Terminal, emulator: Emulator): string {
  const { modes } = terminal;
  const set = (on: boolean, number: number) => (on ? `\x1b[?${number}h` : "");
  const mouse = MOUSE.get(emulator.mouseProtocol);
  const encoding = MOUSE_ENCODING.get(emulator.mouseEncoding);
  const { cursorStyle, cursorBlink } = emulator;
  return [
    set(modes.applicationCursorKeysMode, 1),
    set(modes.applicationKeypadMode, 66),
    set(modes.bracketedPasteMode, 2004),
    set(modes.reverseWraparoundMode, 45),
    set(modes.sendFocusMode, 1004),
    set(modes.originMode, 6),
    modes.wraparoundMode ? "" : "\x1b[?7l",
    mouse === undefined ? "" : `\x1b[?${mouse}h`,
    encoding === undefined ? "" : `\x1b[?${encoding}h`,
    emulator.isCursorHidden ? "\x1b[?25l" : "",
    terminal.options.convertEol === true ? "\x1b[20h" : "",
    terminal.options.cursorBlink === true ? "\x1b[?12h" : "",
    cursorStyle === undefined ? "" : `\x1b[${CURSOR[cursorStyle] + (cursorBlink === true ? 0 : 1)} q`,
  ].join("");
}
