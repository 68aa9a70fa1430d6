/** Random output of programs, as arbitraries of fast-check. */
import fc from "fast-check";

const number = fc.integer({ min: 0, max: 25 });
const words = fc.constantFrom(
  "a",
  "hello world",
  "0123456789abcdefghijklmnop",
  " ",
  "\t",
  "\r\n",
  "\n",
  "\r",
  "\b",
  "漢字",
  "한",
  "👍",
  "e\u0301",
  "\u0301",
  "é",
  "ﬁ",
  "🇩🇪",
  "qx",
  "\x0e",
  "\x0f",
  "\u200d",
  "\ufe0f",
);
const csi = fc
  .tuple(fc.array(number, { maxLength: 3 }), fc.constantFrom(..."ABCDEFGHIJKLMPSTXZ@`abdefgrs".split("")))
  .map(([params, final]) => `\x1b[${params.join(";")}${final}`);
const sgr = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "7",
        "8",
        "9",
        "21",
        "22",
        "24",
        "27",
        "39",
        "49",
        "53",
        "4:3",
        "4:2",
        "58:5:9",
        "58:2::1:2:3",
        "59",
      ),
      fc.integer({ min: 30, max: 37 }).map(String),
      fc.integer({ min: 40, max: 47 }).map(String),
      fc.integer({ min: 100, max: 107 }).map(String),
      fc.integer({ min: 0, max: 255 }).map((index) => `38;5;${index}`),
      fc.integer({ min: 0, max: 255 }).map((index) => `48;5;${index}`),
      fc.integer({ min: 0, max: 255 }).map((red) => `48;2;${red};7;200`),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((codes) => `\x1b[${codes.join(";")}m`);
const RESTORING = ["?1048", "?1049"];
/**
 * With a saved cursor the emulator brings back that there was a line under characters, or a link, but the style and the link of now, hidden
 * until something touches them. No other output does that, so lines and links end before it here.
 */
const restoring = fc
  .constantFrom("\x1b8", "\x1b[u", ...RESTORING.map((name) => `\x1b[${name}l`))
  .map((sequence) => `\x1b[24m\x1b]8;;\x07${sequence}`);
const mode = fc
  .tuple(
    fc.constantFrom(
      "?1",
      "?6",
      "?7",
      "?9",
      "?25",
      "?45",
      "?66",
      "?47",
      "?1047",
      "?1048",
      "?1049",
      "?1000",
      "?1002",
      "?1003",
      "?1004",
      "?1006",
      "?1016",
      "?2004",
      "4",
      "20",
    ),
    fc.constantFrom("h", "l"),
  )
  .filter(([name, set]) => set === "h" || !RESTORING.includes(name))
  .map(([name, set]) => `\x1b[${name}${set}`);
const other = fc.constantFrom(
  "\x1b7",
  "\x1bD",
  "\x1bE",
  "\x1bH",
  "\x1bM",
  "\x1b=",
  "\x1b>",
  "\x1b(0",
  "\x1b(B",
  "\x1b)0",
  "\x1b(A",
  "\x1bn",
  // Of lines under characters and of links the emulator fills the screen with flags alone, which nothing else brings about.
  "\x1b[24m\x1b]8;;\x07\x1b#8",
  "\x1b[3g",
  "\x1b[0g",
  "\x1b[2;5r",
  "\x1b[r",
  "\x1b[!p",
  '\x1b[1"q',
  '\x1b[0"q',
  "\x1b[?2J",
  "\x1b[?K",
  "\x1b[2 q",
  "\x1b[5 q",
  "\x1b[0 q",
  "\x1bc",
  "\x1b]8;;http://a.example/\x07",
  "\x1b]8;id=1;http://b.example/\x1b\\",
  "\x1b]8;;\x07",
  "\x1b]2;title\x07",
  "\x1b]4;1;#ff0000\x07",
);
/** A program's output: what changes a screen in any way, in any order. */
export const stream = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: words },
      { weight: 4, arbitrary: csi },
      { weight: 3, arbitrary: sgr },
      { weight: 1, arbitrary: mode },
      { weight: 2, arbitrary: other },
      { weight: 1, arbitrary: restoring },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join("")));

/**
 * Two streams as one. Where lines do not break, the emulator draws over one half of a wide character at the end of a line and leaves the
 * other, or not, as its input happens to be cut: wide ones are narrow then.
 */
export function joinStreams(first: Buffer, second: Buffer): Buffer {
  const all = Buffer.concat([first, second]);
  return all.includes("\x1b[?7l") ? Buffer.from(all.toString().replace(/漢|字|한|👍|🇩|🇪/gu, "w")) : all;
}
