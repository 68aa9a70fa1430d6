import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markdownPieces } from "./markdown-pieces.ts";

describe("pieces of growing Markdown", () => {
  it("cuts between paragraphs and headings", () => {
    expect(markdownPieces("one\n\ntwo\n\n# three")).toEqual(["one\n\n", "two\n\n", "# three"]);
  });

  it("keeps code fences and lists whole", () => {
    const fenced = "```js\na\n\nb\n```";
    expect(markdownPieces(`${fenced}\n\nafter`)).toEqual([`${fenced}\n\n`, "after"]);
    expect(markdownPieces("- a\n\n- b\n\n  more")).toHaveLength(1);
    expect(markdownPieces("```\nopen\n\nstill open")).toHaveLength(1);
  });

  it("loses nothing", () => {
    const line = fc.constantFrom("", "text", "```", "- item", "# head", "> quote");
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(markdownPieces(lines.join("\n")).join("")).toBe(lines.join("\n"));
      }),
    );
  });
});
