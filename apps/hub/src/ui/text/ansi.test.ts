import { describe, expect, it } from "vitest";
import { createAnsiReader, dropControls, plainText } from "./ansi.ts";

const esc = "\u001b";

describe("terminal output as spans", () => {
  it("keeps plain text in one span", () => {
    expect(createAnsiReader()("hello")).toEqual([{ text: "hello", className: "" }]);
    expect(createAnsiReader()("")).toEqual([]);
  });

  it("names the sixteen colours and the weights", () => {
    const spans = createAnsiReader()(`a${esc}[1;31mred${esc}[0m z`);
    expect(spans.map((span) => [span.text, span.className])).toEqual([
      ["a", ""],
      ["red", "ansi-fg-red ansi-bold"],
      [" z", ""],
    ]);
  });

  it("carries a colour over to the next line", () => {
    const read = createAnsiReader();
    read(`${esc}[32mgreen`);
    expect(read("still")).toEqual([{ text: "still", className: "ansi-fg-green" }]);
    expect(read(`${esc}[0mplain`)).toEqual([{ text: "plain", className: "" }]);
  });

  it("gives exact colours for the palette and for 24 bits", () => {
    const read = createAnsiReader();
    expect(read(`${esc}[38;5;196mx`)[0]?.color).toBe("rgb(255, 0, 0)");
    expect(read(`${esc}[48;2;10;20;30my`)[0]?.background).toBe("rgb(10, 20, 30)");
  });

  it("drops cursor moves, titles, bracketed paste and bells", () => {
    expect(dropControls(`${esc}[2J${esc}[1;1H${esc}]0;title\u0007a${esc}[?2004hb\u0007${esc}(Bc${esc}[K`)).toBe("abc");
  });

  it("copies without any of it", () => {
    expect(plainText(`${esc}[31ma${esc}[0m\r\n${esc}[Kb`)).toBe("a\nb");
  });
});
