/** Colours that a program gave the terminal (OSC 4, 10, 11, 12): nothing here draws them, but a terminal that is drawn anew has to know. */
import type { Terminal } from "@xterm/headless";

export interface Colours {
  /** The sequences that set them. */
  draw(): string;
}

const LONGEST = 64;
/** The foreground, the background and the cursor, by the code that sets them; 100 more sets them back. */
const SPECIAL = [10, 11, 12];

export function watchColours(terminal: Terminal): Colours {
  const palette = new Map<string, string>();
  const special = new Map<number, string>();
  const isColour = (text: string) => text.length > 0 && text.length <= LONGEST && !text.includes("?");

  terminal.parser.registerOscHandler(4, (data) => {
    const parts = data.split(";");
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [index = "", colour = ""] = [parts[at], parts[at + 1]];
      if (/^\d{1,3}$/.test(index) && isColour(colour)) palette.set(index, colour);
    }
    return false;
  });
  terminal.parser.registerOscHandler(104, (data) => {
    if (data === "") palette.clear();
    for (const index of data.split(";")) palette.delete(index);
    return false;
  });
  for (const code of SPECIAL) {
    // Several colours in one sequence are those of the codes that follow.
    terminal.parser.registerOscHandler(code, (data) => {
      for (const [step, colour] of data.split(";").entries())
        if (SPECIAL.includes(code + step) && isColour(colour)) special.set(code + step, colour);
      return false;
    });
    terminal.parser.registerOscHandler(code + 100, () => {
      special.delete(code);
      return false;
    });
  }
  terminal.parser.registerEscHandler({ final: "c" }, () => {
    palette.clear();
    special.clear();
    return false;
  });

  return {
    draw() {
      const indexed = [...palette].map(([index, colour]) => `\x1b]4;${index};${colour}\x1b\\`);
      const others = [...special].map(([code, colour]) => `\x1b]${code};${colour}\x1b\\`);
      return [...indexed, ...others].join("");
    },
  };
}
