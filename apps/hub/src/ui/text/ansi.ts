/** Terminal output → styled spans: colours and weights are kept, every other escape sequence is dropped. */
import Anser from "anser";

export interface AnsiSpan {
  readonly text: string;
  /** Class names of `output.css`, empty for plain text. */
  readonly className: string;
  /** Exact colours (256-colour and 24-bit), where the sixteen names do not reach. */
  readonly color?: string;
  readonly background?: string;
}

const ESC = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

/** Sequences that move, clear or name things, and control characters: a transcript has no use for them. Kept: colours, tab, line ends, backspace. */
const NOT_COLOUR = new RegExp(
  [
    // Control sequences other than "set graphics", which ends with m; private ones also with m.
    String.raw`${ESC}\[[0-9;:?<=>!]*[ -/]*[@-ln-~]`,
    String.raw`${ESC}\[[?<=>!][0-9;:]*m`,
    // Strings for the terminal itself (its title, for one), up to their end or the end of what came.
    String.raw`${ESC}[\]PX^_][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\)?`,
    // Two or three characters: choose a character set, save the cursor, …
    String.raw`${ESC}[ -/]*[0-Z\\^-~]`,
    String.raw`(?![\t\n\r\b${ESC}])\p{Cc}`,
  ].join("|"),
  "gu",
);
const BEFORE_COLOUR = new RegExp(String.raw`(?=${ESC}\[)`);

const NAMES = /^ansi-(?:bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/;

/** Removes everything but text, line ends, tabs and colour codes. */
export function dropControls(text: string): string {
  return text.replace(NOT_COLOUR, "");
}

/** Removes colours too: what a person gets who copies an output. */
export function plainText(text: string): string {
  return Anser.ansiToText(dropControls(text)).replaceAll("\r\n", "\n");
}

interface Ink {
  readonly className: string;
  readonly exact: string | undefined;
}

function ink(name: string | null, trueColor: string | null, kind: "fg" | "bg"): Ink {
  if (name === null) return { className: "", exact: undefined };
  const known = NAMES.exec(name)?.[1];
  if (known !== undefined) return { className: `ansi-${kind}-${known}${name.includes("bright") ? " ansi-bold" : ""}`, exact: undefined };
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  const exact = palette === undefined ? (trueColor ?? "") : paletteColour(Number(palette));
  return { className: "", exact: /^[\d, ]+$/.test(exact) ? `rgb(${exact})` : undefined };
}

/** xterm's 6×6×6 cube and its grey ramp as "r, g, b". */
function paletteColour(index: number): string {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `${grey}, ${grey}, ${grey}`;
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return `${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)}`;
}

/**
 * Reads an output piece by piece; colours that one piece leaves on colour the next, as on a terminal.
 * Feed it whole lines: a sequence cut in two by a piece's end is lost.
 */
export function createAnsiReader(): (text: string) => readonly AnsiSpan[] {
  const anser = new Anser();
  let coloured = false;
  return (raw) => {
    const text = dropControls(raw);
    if (!coloured && !text.includes(ESC)) return text === "" ? [] : [{ text, className: "" }];
    coloured = true;
    // Piece by piece: anser hands out its own list of weights, which the next sequence would change under us.
    return text.split(BEFORE_COLOUR).flatMap((piece) => readPiece(anser, piece));
  };
}

/** anser colours only text that follows a sequence; "default font" is one that changes nothing. */
const NO_CHANGE = `${ESC}[10m`;

function readPiece(anser: Anser, piece: string): AnsiSpan[] {
  const entries = anser.ansiToJson(NO_CHANGE + piece, { use_classes: true, remove_empty: true, json: true });
  return entries.map((entry) => {
    const reverse = entry.decorations.includes("reverse");
    const front = ink(entry.fg, entry.fg_truecolor, reverse ? "bg" : "fg");
    const back = ink(entry.bg, entry.bg_truecolor, reverse ? "fg" : "bg");
    const weights = entry.decorations.filter((name) => name !== "reverse" && name !== "blink" && name !== "hidden");
    const [color, background] = reverse ? [back.exact, front.exact] : [front.exact, back.exact];
    return {
      text: entry.content,
      className: [front.className, back.className, ...weights.map((name) => `ansi-${name}`)].filter(Boolean).join(" "),
      ...(color === undefined ? {} : { color }),
      ...(background === undefined ? {} : { background }),
    };
  });
}
