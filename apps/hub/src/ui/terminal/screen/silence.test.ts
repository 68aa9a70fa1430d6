/** A program's questions are answered once: not when its output is drawn again. */
import { Terminal } from "@xterm/headless";
import { expect, it } from "vitest";
import { createSilence } from "./silence.ts";

const QUESTIONS = [
  "\x1b[c",
  "\x1b[>c",
  "\x1b[5n",
  "\x1b[6n",
  "\x1b[?6n",
  "\x1b[?2004$p",
  "\x1b]10;?\x07",
  "\x1b]4;1;?\x07",
  "\x1bP$qm\x1b\\",
];

function answers(text: string, silent: boolean): Promise<string> {
  const terminal = new Terminal({ allowProposedApi: true });
  const silence = createSilence(terminal);
  let said = "";
  terminal.onData((data) => {
    said += data;
  });
  return new Promise((resolve) => {
    terminal.write("", () => silence(silent));
    terminal.write(text, () => resolve(said));
  });
}

it("lets nobody else answer to the size of pictures in output that is drawn again", async () => {
  for (const silent of [true, false]) {
    const terminal = new Terminal({ allowProposedApi: true });
    let asked = 0;
    // The addon for pictures is loaded before.
    terminal.parser.registerCsiHandler({ prefix: "?", final: "S" }, () => {
      asked += 1;
      return true;
    });
    const silence = createSilence(terminal);
    silence(silent);
    await new Promise<void>((resolve) => terminal.write("\x1b[?2;1S", resolve));
    expect(asked).toBe(silent ? 0 : 1);
  }
});

it("answers none of them in output that is drawn again", async () => {
  expect(await answers(QUESTIONS.join(""), true)).toBe("");
});

it("answers in output that is new", async () => {
  expect(await answers("\x1b[c\x1b[6n", false)).toBe("\x1b[?1;2c\x1b[1;1R");
});

it("draws what only looks like a question", async () => {
  expect(await answers("\x1b]10;#123456\x07\x1b[22t\x1b[c", false)).toBe("\x1b[?1;2c");
});
