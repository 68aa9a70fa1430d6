/** Snapshots against the emulator itself: drawn on an empty one they make the same screen, and what comes next changes both alike. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { newTerminal, stateOf, write } from "../../test/screens.ts";
import { createScreen, type Screen } from "./screen.ts";

const SIZE = { cols: 20, rows: 6 };
const SCROLLBACK = 12;

function start(size = SIZE, scrollback = SCROLLBACK): Screen {
  return createScreen({ first: { serial: 0, position: 0, size }, scrollback, onAnswer: () => undefined, onParsed: () => undefined });
}

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
  .tuple(fc.array(number, { maxLength: 3 }), fc.constantFrom(..."ABCDEFGHIJKLMPSTXZ@`abdefgrsu".split("")))
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
  .map(([name, set]) => `\x1b[${name}${set}`);
const other = fc.constantFrom(
  "\x1b7",
  "\x1b8",
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
  "\x1b#8",
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
const stream = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: words },
      { weight: 4, arbitrary: csi },
      { weight: 3, arbitrary: sgr },
      { weight: 1, arbitrary: mode },
      { weight: 2, arbitrary: other },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join("")));

async function drawn(screen: Screen): Promise<ReturnType<typeof newTerminal>> {
  const { size, parts } = await screen.snapshot();
  const copy = newTerminal(size.cols, size.rows, SCROLLBACK);
  for (const part of parts) await write(copy, part);
  return copy;
}

test("a snapshot of any screen, cut anywhere, draws the same screen, and the rest of the output changes both alike", async () => {
  await fc.assert(
    fc.asyncProperty(stream, stream, fc.integer({ min: 0, max: 5_000 }), async (first, second, cut) => {
      const all = Buffer.concat([first, second]);
      const at = Math.min(all.length, cut % (all.length + 1));
      const screen = start();
      const truth = newTerminal(SIZE.cols, SIZE.rows, SCROLLBACK);
      try {
        await write(truth, all.subarray(0, at));
        screen.feed(all.subarray(0, at));
        await screen.read(0);
        const copy = await drawn(screen);
        const before = stateOf(copy);
        expect(before).toEqual(stateOf(truth));
        await write(truth, all.subarray(at));
        await write(copy, all.subarray(at));
        expect(stateOf(copy)).toEqual(stateOf(truth));
        copy.dispose();
      } finally {
        screen.dispose();
        truth.dispose();
      }
    }),
    process.env.SCREEN_RUNS === undefined ? { numRuns: 150, seed: 7 } : { numRuns: Number(process.env.SCREEN_RUNS) },
  );
}, 120_000);
