/** When a terminal's bytes leave: at once if they can, joined only with others of the same turn of the event loop. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTerminalTurns } from "./terminal-turns.ts";

/** A speaker with little to say, and what left. */
function speaking() {
  const turns = createTerminalTurns();
  const left: string[] = [];
  // As with a socket, it is known a moment later that the operating system has it.
  turns.attach((frame, done) => {
    left.push(Buffer.from(frame).toString());
    queueMicrotask(done);
  });
  let text = "";
  const speaker = {
    waiting: () => text.length,
    pull() {
      const frame = text === "" ? undefined : Buffer.from(text);
      text = "";
      return frame;
    },
  };
  return {
    left,
    say(more: string) {
      text += more;
      turns.ready(speaker);
    },
  };
}

it("sends what comes first at once, and joins what follows in the same turn of the event loop", async () => {
  const { left, say } = speaking();
  for (const part of ["a", "b", "c"]) say(part);
  expect(left).toEqual(["a"]);
  await turn();
  expect(left).toEqual(["a", "bc"]);
});

it("sends at once again after frames that were joined", async () => {
  const { left, say } = speaking();
  for (const part of ["a", "b"]) say(part);
  await turn();
  await turn();
  say("c");
  expect(left).toEqual(["a", "b", "c"]);
});
