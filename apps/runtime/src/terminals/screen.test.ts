/** Snapshots against the emulator itself: drawn on an empty one they make the same screen, and what comes next changes both alike. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinStreams, stream } from "../../test/screen-streams.ts";
import { newTerminal, stateOf, write } from "../../test/screens.ts";
import { createScreen, type Screen } from "./screen.ts";

const SIZE = { cols: 20, rows: 6 };
const SCROLLBACK = 12;

function start(size = SIZE, scrollback = SCROLLBACK): Screen {
  return createScreen({ first: { serial: 0, position: 0, size }, scrollback, onAnswer: () => undefined, onParsed: () => undefined });
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
