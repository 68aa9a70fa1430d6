/** Floods of plain lines: what is left out of them changes nothing that a screen shows, before or after. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createPlainRun } from "./plain-run.ts";
import { createScreen, type Screen } from "./screen.ts";

const SIZE = { cols: 20, rows: 6 };
const SCROLLBACK = 12;

function start(): Screen {
  const first = { serial: 0, position: 0, size: SIZE };
  return createScreen({ first, scrollback: SCROLLBACK, isAsked: () => false, onQuestion: () => undefined, onParsed: () => undefined });
}

const word = fc.constantFrom("ok", "a longer piece of text", "\t", "漢字", "e\u0301", "👍", " ", "\r", "\n", "\x1b[K", "\x1b[1K");
const colour = fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b[m", "\x1b[1;44m", "\x1b[38;2;1;2;3m", "\x1b[4:3m", "\x1b[39;49m");
const line = fc
  .array(fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: colour }), { maxLength: 5 })
  .map((words) => words.join(""));
/** Longer than several blocks, and of lines that are long but fill one row, so that what is left out and what must stay are close. */
const FLOOD_BYTES = 40_000;
const flood = fc.tuple(fc.array(line, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 0, 60, 200)).map(([lines, clears]) => {
  const text = lines.map((words, index) => `${"\x1b[K".repeat(clears)}${index} ${words}\r\n`).join("");
  return text.repeat(Math.ceil(FLOOD_BYTES / text.length));
});
/** What changes how lines move, or is no line at all, whole and in halves. */
const other = fc.constantFrom(
  "\x1b[2;4r",
  "\x1b[r",
  "\x1b[?1049h",
  "\x1b[?1049l",
  "\x1b[4h",
  "\x1b[4l",
  "\x1b[?7l",
  "\x1b[?7h",
  "\x1b[?6h",
  "\x1b[H",
  "\x1b[3;7H",
  "\x1b7",
  "\x1b8",
  "\x1b(0",
  "\x1b(B",
  "\x0e",
  "\x0f",
  "\x1b[3L",
  "\x1b[2M",
  "\x1b[J",
  "\b\b",
  "\x1b]8;;http://a.example/\x07",
  "\x1b]8;;\x07",
  "\x1b]2;title\x07",
  "\x1b]2;",
  "tle\x07",
  "\x1b",
  "\x1b[",
  "3",
  "1m",
  "\x1bc",
  "\x1bM",
  "\x1b[5b",
  "\u009b",
);
const stream = fc
  .array(fc.oneof({ weight: 3, arbitrary: flood }, { weight: 3, arbitrary: other }, { weight: 1, arbitrary: line }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((parts) => Buffer.from(parts.join("")));

/** The same output, all of which is parsed: with the bell it begins with it is no plain run. */
async function expectSame(screen: Screen, all: Buffer): Promise<void> {
  const { position, parts } = await screen.snapshot();
  const parsed = start();
  parsed.feed(Buffer.concat([Buffer.from("\x07"), all.subarray(0, position)]));
  await parsed.read(0);
  const truth = await parsed.snapshot();
  expect(Buffer.concat(parts).toString()).toBe(Buffer.concat(truth.parts).toString());
  parsed.dispose();
}

test("a screen looked at in a flood, after it and after what follows is what the whole output draws", async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(stream, cuts, fc.integer({ min: 0, max: 8 }), async (all, sizes, lookAt) => {
      const screen = start();
      try {
        for (let at = 0, index = 0; at < all.length; index += 1) {
          const end = Math.min(all.length, at + (sizes[index % sizes.length] ?? 1));
          screen.feed(all.subarray(at, end));
          at = end;
          if (index === lookAt) await expectSame(screen, all);
        }
        await screen.read(0);
        expect(screen.backlog()).toBe(0);
        await expectSame(screen, all);
      } finally {
        screen.dispose();
      }
    }),
    process.env.SCREEN_RUNS === undefined ? { numRuns: 150, seed: 7 } : { numRuns: Number(process.env.SCREEN_RUNS) },
  );
}, 120_000);

test("a flood that nobody looks at is left out at once, and what is left is parsed when it ends", async () => {
  const screen = start();
  const flood = Array.from({ length: 5_000 }, (_, index) => `line ${index}\r\n`);
  for (let at = 0; at < flood.length; at += 50) screen.feed(Buffer.from(flood.slice(at, at + 50).join("")));
  expect(screen.backlog()).toBeLessThan(40 * 1024);
  const { lines } = await screen.read(SCROLLBACK);
  expect(lines).toEqual([...flood.slice(-(SIZE.rows - 1 + SCROLLBACK)).map((text) => text.trimEnd()), ""]);
  screen.dispose();
});

test("a flood within a title, or in another screen, is no flood of lines", async () => {
  for (const [before, after] of [
    ["\x1b]2;", "\x07"],
    ["\x1b[?1049h", "\x1b[?1049l"],
    ["\x1b[2;4r", "\x1b[r"],
  ]) {
    const screen = start();
    const lines = Array.from({ length: 4 }, () => "a line\r\n".repeat(1_000));
    const parts = [`first\r\n${before}`, ...lines, `${after}last`].map((text) => Buffer.from(text));
    for (const part of parts) screen.feed(part);
    await screen.read(0);
    await expectSame(screen, Buffer.concat(parts));
    screen.dispose();
  }
});

test("of colours only what is set since the last that set all back is kept", () => {
  const run = createPlainRun();
  expect(run.add(Buffer.from("\x1b[31mred\x1b[0m\x1b[1mbold\x1b[K\r\n\x1b[44m"))).toBe(true);
  expect(run.add(Buffer.alloc(40_000, "a\r\n"))).toBe(true);
  const { size, pen } = run.skip(5);
  expect([size, Buffer.from(pen).toString()]).toEqual([23, "\x1b[0m\x1b[1m"]);
});

test.each([
  ["a bell", "\x07"],
  ["a backspace", "\b"],
  ["another alphabet", "\x0e"],
  ["a cursor that moves", "\x1b[2A"],
  ["a question", "\x1b[6n"],
  ["a mode", "\x1b[?25l"],
  ["a title", "\x1b]2;t\x07"],
  ["an 8-bit control", "\u009b31m"],
])("%s is not plain", (_name, text) => {
  const run = createPlainRun();
  expect([run.add(Buffer.from("plain")), run.add(Buffer.from(text)), run.size()]).toEqual([true, false, 5]);
});

test("what is read four bytes at a time is judged as byte by byte", () => {
  const bytes = fc.array(
    fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) }, fc.constantFrom(0xe9, 13, 13, 10, 10, 27, 0xc2, 127, 31)),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(bytes, fc.nat(3), (tail, offset) => {
      const all = [97, ...tail];
      const memory = Buffer.alloc(8 + all.length);
      memory.set(all, offset);
      const [whole, single] = [createPlainRun(), createPlainRun()];
      expect(whole.add(memory.subarray(offset, offset + all.length))).toBe(all.every((byte) => single.add(Buffer.from([byte]))));
    }),
    { numRuns: 2_000 },
  );
});

test("what begins in the midst of a character is not plain", () => {
  const run = createPlainRun();
  expect([run.add(Buffer.from([0x9b, 0x41])), run.add(Buffer.from("é")), run.add(Buffer.from([0xa9]))]).toEqual([false, true, true]);
});
