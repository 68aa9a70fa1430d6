/** Which character set is which: the emulator keeps tables, escape sequences name them by a letter. */
import headless from "@xterm/headless";
import { type Charset, lookInside } from "./emulator.ts";

/** Final characters of `ESC (`; `B` is plain ASCII, which has no table. */
const LETTERS = ["0", "A", "4", "C", "5", "R", "Q", "K", "Y", "E", "6", "Z", "H", "7", "="];

let known: Promise<ReadonlyMap<Charset, string>> | undefined;

/** Asks an emulator of our own for its tables; they are the same objects in all of them. */
async function ask(): Promise<ReadonlyMap<Charset, string>> {
  const found = new Map<Charset, string>();
  const asked = new headless.Terminal({ allowProposedApi: true, cols: 2, rows: 1, scrollback: 0, logLevel: "off" });
  for (const letter of LETTERS) {
    await new Promise<void>((resolve) => {
      asked.write(`\x1b(${letter}`, resolve);
    });
    const { charset } = lookInside(asked);
    if (charset !== undefined && !found.has(charset)) found.set(charset, letter);
  }
  asked.dispose();
  return found;
}

/** The letters that name the emulator's sets; asked for once. */
export function charsetLetters(): Promise<ReadonlyMap<Charset, string>> {
  known ??= ask();
  return known;
}
