import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineBuffer } from "./line-buffer.ts";
import { FOLD_ABOVE_LINES, foldOf, settleLine } from "./lines.ts";

function textOf(value: string) {
  return { length: value.length, tail: (chars: number) => value.slice(Math.max(0, value.length - chars - 3)) };
}

function linesOf(...pieces: string[]): readonly string[] {
  const buffer = createLineBuffer();
  let whole = "";
  for (const piece of pieces) {
    whole += piece;
    buffer.grow(textOf(whole));
  }
  return buffer.slice(0, buffer.count());
}

describe("lines of an output", () => {
  it("does not count the last line end, and shows a prompt without one", () => {
    expect(linesOf("a\nb\n")).toEqual(["a", "b"]);
    expect(linesOf("a\r\nb> ")).toEqual(["a", "b> "]);
    expect(linesOf()).toEqual([""]);
  });

  it("gives the same lines however the text was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,6}$/), { maxLength: 30 }), (pieces) => {
        const whole = pieces.join("");
        const expected = whole.split("\n");
        if (expected.length > 1 && expected.at(-1) === "") expected.pop();
        expect(linesOf(...pieces)).toEqual(expected);
      }),
    );
  });

  it("ignores a text that is older than what it has", () => {
    const buffer = createLineBuffer();
    buffer.grow(textOf("a\nb"));
    buffer.grow(textOf("a"));
    expect(buffer.slice(0, 9)).toEqual(["a", "b"]);
    expect(buffer.slice(1, 2)).toEqual(["b"]);
  });

  it("lets a carriage return start a line over", () => {
    expect(settleLine("10%\r50%\r100%")).toBe("100%");
    expect(settleLine("abcdef\rxy")).toBe("xycdef");
    expect(settleLine("\u001b[32m10%\u001b[0m\r\u001b[32m20%\u001b[0m")).toBe("\u001b[32m20%\u001b[0m");
  });

  it("takes backspaces back", () => {
    expect(settleLine("abc\b\bd")).toBe("ad");
  });

  it("shows short outputs whole and counts every line of long ones", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (count) => {
        const fold = foldOf(count);
        expect(fold.head + fold.hidden + fold.tail).toBe(count);
        expect(fold.hidden === 0).toBe(count <= FOLD_ABOVE_LINES);
      }),
    );
  });
});
