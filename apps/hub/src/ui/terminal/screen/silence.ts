/** Keeps a terminal from answering its program's questions twice: what is drawn again was answered when it was new. */
import type { IFunctionIdentifier, Terminal } from "@xterm/xterm";

/** What the terminal is, how it stands, where its cursor is, which modes are set: all that xterm answers to. */
const QUESTIONS: readonly IFunctionIdentifier[] = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
  // The size and colours of pictures, to which the addon for pictures answers.
  { prefix: "?", final: "S" },
];
/** Reports of sizes and titles; the other window operations change something and must be drawn. */
const REPORTS: ReadonlySet<number> = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);
/** Colours: of the palette, the foreground, the background and the cursor. A text of `?` asks instead of setting. */
const COLOURS = [4, 10, 11, 12] as const;

/** Works on anything that parses as xterm does. The result switches the silence on and off. */
export function createSilence({ parser }: Pick<Terminal, "parser">): (on: boolean) => void {
  let silent = false;
  for (const id of QUESTIONS) parser.registerCsiHandler(id, () => silent);
  parser.registerCsiHandler({ final: "t" }, ([kind]) => silent && typeof kind === "number" && REPORTS.has(kind));
  for (const code of COLOURS) parser.registerOscHandler(code, (text) => silent && text.includes("?"));
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => silent);
  return (on) => {
    silent = on;
  };
}
