/** Attributes of characters as escape sequences: colours, weights, lines, links, protection. */
import type { Attributes, Emulator } from "./emulator.ts";

const COLOUR = 0x3ffffff;
const MODE = 0x3000000;
const FLAG_EXTENDED = 0x10000000;
const MODE_16 = 0x1000000;
const MODE_256 = 0x2000000;
const MODE_RGB = 0x3000000;

const FORGOTTEN_LINK = "about:blank";

/** A pen that remembers what it was set to last, and writes only changes. */
export interface Pen {
  /** The sequences that change to these attributes; empty: it has them. */
  to(attributes: Attributes): string;
  /** The sequences that change to nothing but this background. */
  toBackground(bg: number): string;
  /** Like `to`, written even if nothing changes: a combining character after it does not join the one before. */
  again(attributes: Attributes): string;
  has(attributes: Attributes): boolean;
  isPlain(): boolean;
}

export function backgroundOf(attributes: Attributes): number {
  return attributes.bg & COLOUR;
}

export function sameLook(a: Attributes, b: Attributes): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf(attributes: Attributes): string {
  const { fg, bg, extended } = attributes;
  // The highest bit is a flag: a pen has it as a sign, a cell has not.
  const base = `${fg >>> 0}:${bg & ~FLAG_EXTENDED}`;
  return attributes.hasExtendedAttrs() === 0 ? base : `${base}:${extended._ext}:${extended.urlId}`;
}

const PLAIN_KEY = "0:0";

export function createPen(emulator: Emulator): Pen {
  let key = PLAIN_KEY;
  let fg = 0;
  let bg = 0;
  let plainExtended = true;
  let link = 0;

  function set(attributes: Attributes): string {
    const urlId = attributes.hasExtendedAttrs() === 0 ? 0 : attributes.extended.urlId;
    const parts = [sgr(attributes)];
    if (urlId !== link) parts.push(linkTo(emulator, urlId));
    // Plain attributes are unprotected ones, too.
    if (attributes.isProtected() !== 0) parts.push('\x1b[1"q');
    key = keyOf(attributes);
    fg = attributes.fg;
    bg = attributes.bg;
    plainExtended = attributes.hasExtendedAttrs() === 0;
    link = urlId;
    return parts.join("");
  }

  return {
    to(attributes) {
      // Nearly every character looks like the one before it.
      if (plainExtended && attributes.fg === fg && attributes.bg === bg) return "";
      return keyOf(attributes) === key ? "" : set(attributes);
    },
    again: set,
    has: (attributes) => keyOf(attributes) === key,
    isPlain: () => key === PLAIN_KEY,
    toBackground(wanted) {
      if (plainExtended && fg === 0 && bg === wanted) return "";
      const closing = link === 0 ? "" : linkTo(emulator, 0);
      key = `0:${wanted}`;
      fg = 0;
      bg = wanted;
      plainExtended = true;
      link = 0;
      return `\x1b[${["0", ...colour(wanted, 40)].join(";")}m${closing}`;
    },
  };
}

function linkTo(emulator: Emulator, urlId: number): string {
  if (urlId === 0) return "\x1b]8;;\x1b\\";
  // The emulator forgets a link whose lines are gone, though the program may still be drawing it.
  const found = emulator.link(urlId) ?? { uri: FORGOTTEN_LINK };
  return `\x1b]8;${found.id === undefined ? "" : `id=${found.id}`};${found.uri}\x1b\\`;
}

/** `base`: 30 for the foreground, 40 for the background. */
function colour(value: number, base: number): string[] {
  const number = value & 0xffffff;
  switch (value & MODE) {
    case MODE_16:
      return [String((number & 8) === 0 ? base + (number & 7) : base + 60 + (number & 7))];
    case MODE_256:
      return [`${base + 8};5;${number & 0xff}`];
    case MODE_RGB:
      return [`${base + 8};2;${number >>> 16};${(number >>> 8) & 0xff};${number & 0xff}`];
    default:
      return [];
  }
}

function sgr(attributes: Attributes): string {
  const parts = ["0", ...colour(attributes.fg, 30), ...colour(attributes.bg, 40)];
  if (attributes.isBold() !== 0) parts.push("1");
  if (attributes.isDim() !== 0) parts.push("2");
  if (attributes.isItalic() !== 0) parts.push("3");
  if (attributes.isBlink() !== 0) parts.push("5");
  if (attributes.isInverse() !== 0) parts.push("7");
  if (attributes.isInvisible() !== 0) parts.push("8");
  if (attributes.isStrikethrough() !== 0) parts.push("9");
  if (attributes.isOverline() !== 0) parts.push("53");
  if (attributes.isUnderline() !== 0 || attributes.hasExtendedAttrs() !== 0) parts.push(...underline(attributes));
  return `\x1b[${parts.join(";")}m`;
}

function underline(attributes: Attributes): string[] {
  const { _ext: ext, urlId } = attributes.extended;
  const style = attributes.hasExtendedAttrs() === 0 ? 1 : (ext >>> 26) & 7;
  const parts: string[] = [];
  // A line that is asked for in no style, as a cursor brings back whose style is over, is not drawn.
  const isNone = style === 0 && urlId === 0;
  if ((attributes.fg & 0x10000000) !== 0 && !isNone) parts.push(style > 1 ? `4:${style}` : "4");
  return [...parts, ...underlineColour(ext)];
}

function underlineColour(ext: number): string[] {
  const under = ext & COLOUR;
  if ((under & MODE) === MODE_RGB) return [`58:2::${(under >>> 16) & 0xff}:${(under >>> 8) & 0xff}:${under & 0xff}`];
  return (under & MODE) === 0 ? [] : [`58:5:${under & 0xff}`];
}

/** The colour that lines will have once they are drawn; empty where it shows already. */
export function comingUnderline(attributes: Attributes): string {
  const parts = attributes.hasExtendedAttrs() === 0 ? underlineColour(attributes.extended.ext) : [];
  return parts.length === 0 ? "" : `\x1b[${parts.join(";")}m`;
}
