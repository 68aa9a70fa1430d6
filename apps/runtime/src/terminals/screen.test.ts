/** Snapshots against the emulator itself: drawn on an empty one they make the same screen, and what comes next changes both alike. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { joinStreams, stream } from "../../test/screen-streams.ts";
import { newTerminal, stateOf, write } from "../../test/screens.ts";
import { createScreen, type Screen } from "./screen.ts";

const SIZE = { cols: 20, rows: 6 };
const SCROLLBACK = 12;

function start(size = SIZE, scrollback = SCROLLBACK): Screen {
  return createScreen({
    first: { serial: 0, position: 0, size },
    scrollback,
    isAsked: () => false,
    onQuestion: () => undefined,
    onParsed: () => undefined,
  });
}

async function drawn(screen: Screen): Promise<ReturnType<typeof newTerminal>> {
  const { size, parts } = await screen.snapshot();
  const copy = newTerminal(size.cols, size.rows, SCROLLBACK);
  for (const part of parts) await write(copy, part);
  return copy;
}

test("a snapshot of any screen, cut anywhere, draws the same screen, and the rest of the output changes both alike", async () => {
  await fc.assert(
    fc.asyncProperty(stream, stream, fc.integer({ min: 0, max: 5_000 }), async (first, second, cut) => {
      const all = joinStreams(first, second);
      const at = Math.min(all.length, cut % (all.length + 1));
      const screen = start();
      const truth = newTerminal(SIZE.cols, SIZE.rows, SCROLLBACK);
      try {
        await write(truth, all.subarray(0, at));
        screen.feed(all.subarray(0, at));
        await screen.read(0);
        const copy = await drawn(screen);
        expect(stateOf(copy)).toEqual(stateOf(truth));
        await write(truth, all.subarray(at));
        await write(copy, all.subarray(at));
        expect(stateOf(copy, "places")).toEqual(stateOf(truth, "places"));
        copy.dispose();
      } finally {
        screen.dispose();
        truth.dispose();
      }
    }),
    process.env.SCREEN_RUNS === undefined ? { numRuns: 150, seed: 7 } : { numRuns: Number(process.env.SCREEN_RUNS) },
  );
}, 1_800_000);

/** Writes output, and notes at which rows of the history and the screen prompts begin, and whether a command runs, as the browser does. */
function watchMarks(terminal: ReturnType<typeof newTerminal>) {
  const prompts: ReturnType<typeof terminal.registerMarker>[] = [];
  const states: string[] = [];
  terminal.parser.registerOscHandler(133, (data) => {
    if (data === "A") prompts.push(terminal.registerMarker(0));
    states.push(data);
    return true;
  });
  return {
    rows: () => prompts.flatMap((marker) => (marker === undefined || marker.isDisposed ? [] : [marker.line])),
    runs: () => states.at(-1) === "C",
  };
}

const PROMPT = "\x1b]133;A\x07$ \x1b]133;B\x07";

test("a snapshot marks the prompts again, where they stand after scrolling, clearing and another width, and whether a command runs", async () => {
  const output = [
    Array.from(
      { length: 9 },
      (_, index) => `${PROMPT}run ${index}\r\n\x1b]133;C\x07of a length that breaks lines\r\n\x1b]133;D;0\x07`,
    ).join(""),
    `${PROMPT}`,
    "sleep\r\n\x1b]133;C\x07",
    "\x1b[?1049hfull \x1b]133;A\x07screen",
    "\x1b[?1049l\x1b[2J",
  ];
  const screen = start();
  const truth = newTerminal(SIZE.cols, SIZE.rows, SCROLLBACK);
  const marks = watchMarks(truth);
  const compare = async () => {
    await screen.read(0);
    const { size, parts } = await screen.snapshot();
    const copy = newTerminal(size.cols, size.rows, SCROLLBACK);
    const copied = watchMarks(copy);
    for (const part of parts) await write(copy, part);
    expect(stateOf(copy)).toEqual(stateOf(truth));
    expect(copied.rows()).toEqual(marks.rows());
    expect(copied.runs()).toBe(marks.runs());
    copy.dispose();
  };
  for (const piece of output) {
    screen.feed(Buffer.from(piece));
    await write(truth, piece);
    await compare();
  }
  expect(marks.rows().length).toBeGreaterThan(2);
  screen.resize({ serial: 1, position: 0, size: { cols: 11, rows: 6 } });
  truth.resize(11, 6);
  await compare();
  screen.dispose();
  truth.dispose();
});

test("a question is told with the place in the output where it ends, whenever it is parsed", async () => {
  const asked: [number, string][] = [];
  const screen = createScreen({
    first: { serial: 0, position: 0, size: SIZE },
    scrollback: SCROLLBACK,
    isAsked: () => false,
    onQuestion: (...question) => void asked.push(question),
    onParsed: () => undefined,
  });
  const feed = (text: string) => screen.feed(Buffer.from(text));
  feed("plain \x1b[1mtext\x1b[m");
  feed("a\x1b[6nb\x1b[c\x1bP$qm\x1b\\c");
  feed("\x1b[5n");
  await screen.read(0);
  expect(asked).toEqual([
    [22, "\x1b[1;12R"],
    [26, "\x1b[?1;2c"],
    [33, "\x1bP1$r0m\x1b\\"],
    [38, "\x1b[0n"],
  ]);
  feed("d\x1b[6n");
  expect(screen.backlog()).toBe(5);
  // Nobody asks to see it: it is parsed by itself once it is quiet.
  await vi.waitFor(() => expect(screen.backlog()).toBe(0));
  expect(asked).toHaveLength(5);
  screen.dispose();
});
