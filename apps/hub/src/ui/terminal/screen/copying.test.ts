/** What a program may copy, and what it may not. */
import { Terminal } from "@xterm/headless";
import { expect, it } from "vitest";
import { watchCopies } from "./copying.ts";

const encode = (text: string | Uint8Array) => Buffer.from(text).toString("base64");

function copies(...sequences: readonly string[]): Promise<(string | undefined)[]> {
  const terminal = new Terminal({ allowProposedApi: true });
  const copied: (string | undefined)[] = [];
  let said = "";
  terminal.onData((data) => {
    said += data;
  });
  watchCopies(terminal, (text) => copied.push(text));
  return new Promise((resolve) => {
    terminal.write(sequences.map((data) => `\x1b]52;${data}\x07`).join(""), () => {
      expect(said, "what the program is told").toBe("");
      resolve(copied);
    });
  });
}

it("copies text to the clipboard, whichever way the selection is named", async () => {
  expect(await copies(`c;${encode("für")}`, `;${encode("1")}`, `s0;${encode("2")}`, `pc;${encode("3")}`)).toEqual(["für", "1", "2", "3"]);
});

it("leaves the clipboard alone for a question, for an empty text, for the mouse's selection, and for what is no base64", async () => {
  expect(await copies("c;?", "c;", "c;!", `p;${encode("x")}`, "c;a b", `z;${encode("x")}`, "c")).toEqual([]);
});

it("tells of what cannot be copied", async () => {
  expect(await copies("c;abcde", `c;${encode(Uint8Array.of(0xff, 0xfe))}`, `c;${encode("x".repeat(1024 * 1024 + 3))}`)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await copies(`c;${encode("x".repeat(1024 * 1024))}`)).toEqual(["x".repeat(1024 * 1024)]);
});
