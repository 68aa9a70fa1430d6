import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highlightLines, languageOf, markPieces } from "../session/diff/highlight.ts";
import { parsePatch, readPatch, splitRows } from "./patch.ts";

const PATCH = `@@ -10,4 +10,5 @@ function lamp()
 same
-const a = 1;
+const a = 2;
+const b = 3;
 
\\ No newline at end of file
@@ -40,2 +41,2 @@
-old name stays
+new name stays
`;

describe("a patch", () => {
  it("is read into hunks with the numbers of both sides", () => {
    const [first, second] = parsePatch(PATCH);
    expect(first?.heading).toBe("function lamp()");
    expect(first?.lines.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ["same", 10, 10],
      ["removed", 11, null],
      ["added", null, 11],
      ["added", null, 12],
      ["same", 12, 13],
    ]);
    expect(second?.lines.map(({ text, mark }) => text.slice(...(mark ?? [0, 0])))).toEqual(["old", "new"]);
  });

  it("without headers is one hunk from the first line", () => {
    expect(parsePatch("+a\n+b\n")).toMatchObject([{ before: 1, after: 1, lines: [{ after: 1 }, { after: 2 }] }]);
    expect(parsePatch("")).toMatchObject([{ lines: [] }]);
  });

  it("read in parts of any size is what it is when read at once, and knows its length before", () => {
    const row = fc.constantFrom(" same", "-gone", "+come", "+come\r", "\\ No newline at end of file", "@@ -7,2 +9 @@ there", "");
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (rows, part) => {
        const patch = rows.join("\n");
        const whole = parsePatch(patch);
        const reader = readPatch(patch);
        expect(reader.count).toBe(whole.reduce((sum, { lines }) => sum + lines.length, 0));
        while (reader.read(part));
        expect(reader.hunks()).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it("is read no further than it is asked to", () => {
    const reader = readPatch(`@@ -0,0 +1,20000 @@\n${"+line\n".repeat(20_000)}`);
    expect(reader.count).toBe(20_000);
    expect(reader.read(600)).toBe(true);
    expect(reader.hunks()).toMatchObject([{ lines: { length: 600 } }]);
  });

  it("stands side by side with every line once on its side", () => {
    const line = fc.constantFrom(" same", "-gone", "+come");
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 60 }), (rows) => {
        const [hunk] = parsePatch(`@@ -1 +1 @@\n${rows.join("\n")}\n`);
        const lines = hunk?.lines ?? [];
        const pairs = splitRows(lines);
        expect(pairs.flatMap(({ left }) => left ?? [])).toEqual(lines.filter(({ kind }) => kind !== "added"));
        expect(pairs.flatMap(({ right }) => right ?? [])).toEqual(lines.filter(({ kind }) => kind !== "removed"));
      }),
      { numRuns: 200 },
    );
  });
});

describe("colouring", () => {
  it("gives back every line as it was, whatever spans them", () => {
    const lines = ["/* a", "b */ const x = `", "text of it", "`;", ""];
    const rows = highlightLines(lines, "typescript");
    expect(rows?.map((row) => row.map(({ text }) => text).join(""))).toEqual(lines);
    expect(rows?.[1]?.[0]?.className).toContain("hljs-comment");
  });

  it("knows languages by the file's name, and leaves the others plain", () => {
    expect(["a/b.tsx", "x.py", "Makefile", "x.unknown", ".env"].map(languageOf)).toEqual([
      "typescript",
      "python",
      "makefile",
      undefined,
      undefined,
    ]);
    expect(highlightLines(["x"], undefined)).toBeUndefined();
    expect(highlightLines(["x".repeat(70_000)], "typescript")).toBeUndefined();
  });

  it("marks a part across pieces", () => {
    const pieces = [
      { text: "abc", className: "k" },
      { text: "def", className: "" },
    ];
    expect(markPieces(pieces, [2, 5], "m")).toEqual([
      { text: "ab", className: "k" },
      { text: "c", className: "k m" },
      { text: "de", className: "m" },
      { text: "f", className: "" },
    ]);
  });
});

it("compares no more lines than a reader would, however long the patch", () => {
  const rows = (sign: string, count: number) => Array.from({ length: count }, (_, row) => `${sign}const row${row} = 1${sign}2;`);
  const marked = (pairs: number) => {
    const [hunk] = parsePatch(`@@ -1 +1 @@\n${[...rows("-", pairs), ...rows("+", pairs)].join("\n")}`);
    return hunk?.lines.filter(({ mark }) => mark !== undefined).length;
  };
  expect(marked(1_000)).toBe(2_000);
  expect(marked(10_000)).toBe(0);
});
