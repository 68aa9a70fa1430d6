/** Rows are cut into runs that are drawn one after the other, and coloured as the hunk they lie in reads. */
import { describe, expect, it } from "vitest";
import { parsePatch } from "../../text/patch.ts";
import { colourRows, RUN_ROWS, rowsOf, runsOf } from "./diff-rows.ts";

describe("the rows of a diff", () => {
  it("are cut into runs of which none is long, and none is lost", () => {
    const rows = rowsOf(parsePatch(`@@ -0,0 +1,20000 @@\n${"+line\n".repeat(20_000)}`), false);
    const runs = runsOf(rows);
    expect(runs).toHaveLength(20_000 / RUN_ROWS);
    expect(runs.flat()).toEqual(rows);
  });

  it("have a heading where lines of the file were left out", () => {
    const hunks = parsePatch("@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n same\n");
    expect(rowsOf(hunks, false).map(({ kind }) => kind)).toEqual(["line", "line", "heading", "line"]);
    expect(rowsOf(hunks, true).map(({ kind }) => kind)).toEqual(["pair", "heading", "pair"]);
  });

  it("take no colour from another hunk", () => {
    const hunks = parsePatch("@@ -1 +1 @@\n+/* begun and never ended\n@@ -9 +10 @@\n+const a = 1;\n");
    const pieces = colourRows(rowsOf(hunks, false), "typescript");
    const second = hunks[1]?.lines[0];
    expect(second && pieces.get(second)?.[0]).toMatchObject({ text: "const", className: expect.stringContaining("keyword") });
  });
});
