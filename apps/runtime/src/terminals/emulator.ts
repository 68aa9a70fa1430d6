/**
 * What the terminal emulator (@xterm/headless 6.0.0, pinned) knows and its API does not tell: without it a screen could not be drawn
 * again with its saved cursor, scroll region, tab stops, character sets and links.
 */
import type { Terminal } from "@xterm/headless";

export interface Attributes {
  readonly fg: number;
  readonly bg: number;
  readonly extended: {
    /** Style and colour of lines as they were asked for; within a link another style is drawn. */
    readonly _ext: number;
    readonly ext: number;
    readonly urlId: number;
    readonly underlineStyle: number;
    readonly underlineColor: number;
  };
  hasExtendedAttrs(): number;
  isInverse(): number;
  isBold(): number;
  isUnderline(): number;
  isBlink(): number;
  isInvisible(): number;
  isItalic(): number;
  isDim(): number;
  isStrikethrough(): number;
  isProtected(): number;
  isOverline(): number;
}

export interface Cell extends Attributes {
  getChars(): string;
  getWidth(): number;
}

export interface Line {
  readonly isWrapped: boolean;
  readonly length: number;
  loadCell(column: number, cell: Cell): Cell;
}

export type Charset = Readonly<Record<string, string>>;

export interface ScreenBuffer {
  readonly lines: { readonly length: number; get(index: number): Line | undefined };
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: Attributes;
  readonly savedCharset: Charset | undefined;
  readonly tabs: Readonly<Record<number, boolean>>;
}

export interface Emulator {
  readonly cols: number;
  readonly rows: number;
  readonly buffers: { readonly normal: ScreenBuffer; readonly alt: ScreenBuffer; readonly active: ScreenBuffer };
  /** What the next character will look like. */
  readonly pen: Attributes;
  /** Nonzero: a combining character that comes next joins the one before the cursor. */
  readonly joins: number;
  /** 0: between sequences. 8: in an OSC string. Others: in the midst of another one. */
  readonly parsing: number;
  readonly charset: Charset | undefined;
  readonly charsets: readonly (Charset | undefined)[];
  readonly glevel: number;
  readonly isCursorHidden: boolean;
  readonly cursorStyle: "block" | "underline" | "bar" | undefined;
  readonly cursorBlink: boolean | undefined;
  readonly mouseProtocol: string;
  readonly mouseEncoding: string;
  /** How wide a code point is drawn. */
  width(codepoint: number): number;
  link(urlId: number): { readonly id?: string | undefined; readonly uri: string } | undefined;
  /** A cell to load others into. */
  scratch(): Cell;
}

interface Core {
  readonly _bufferService: { readonly buffers: Emulator["buffers"] };
  readonly _inputHandler: { readonly _curAttrData: Attributes; readonly _parser: { precedingJoinState: number; currentState: number } };
  readonly _charsetService: { readonly charset?: Charset; readonly _charsets: (Charset | undefined)[]; readonly glevel: number };
  readonly _oscLinkService: { getLinkData(id: number): { id?: string; uri: string } | undefined };
  readonly unicodeService: { wcwidth(codepoint: number): number };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly decPrivateModes: { readonly cursorStyle?: "block" | "underline" | "bar"; readonly cursorBlink?: boolean };
  };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
}

/** A look inside, as the emulator stands now. */
export function lookInside(terminal: Terminal): Emulator {
  const core = (terminal as unknown as { readonly _core: Core })._core;
  const { _inputHandler: input, _charsetService: charsets, coreService, coreMouseService } = core;
  return {
    cols: terminal.cols,
    rows: terminal.rows,
    buffers: core._bufferService.buffers,
    pen: input._curAttrData,
    joins: input._parser.precedingJoinState,
    parsing: input._parser.currentState,
    charset: charsets.charset,
    charsets: charsets._charsets,
    glevel: charsets.glevel,
    isCursorHidden: coreService.isCursorHidden,
    cursorStyle: coreService.decPrivateModes.cursorStyle,
    cursorBlink: coreService.decPrivateModes.cursorBlink,
    mouseProtocol: coreMouseService.activeProtocol,
    mouseEncoding: coreMouseService.activeEncoding,
    width: (codepoint) => core.unicodeService.wcwidth(codepoint),
    link: (urlId) => (urlId === 0 ? undefined : core._oscLinkService.getLinkData(urlId)),
    scratch: () => terminal.buffer.active.getNullCell() as unknown as Cell,
  };
}
