/** What a change of a file is counted as does not depend on whether there was time to compare it. */
import { structuredPatch } from "diff";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createCompare, diffOf } from "./patch.ts";

it("says of a new or deleted file what a comparison with nothing says", () => {
  const text = fc.array(fc.constantFrom("a", "\n", "\r\n"), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.boolean(), (whole, created) => {
      const [before, after] = created ? [null, whole] : [whole, null];
      const compared = structuredPatch("f", "f", before ?? "", after ?? "").hunks.flatMap(({ lines }) => lines);
      const { patch } = diffOf({ path: "f", before, after });
      expect(patch.split("\n").filter((line) => line !== "" && !line.startsWith("@@"))).toEqual(compared);
    }),
  );
});

it("counts the lines of a long new file exactly, and of one that takes too long to compare no line that is not there", () => {
  const lines = (of: (index: number) => string) => `${Array.from({ length: 20_000 }, (_, index) => of(index)).join("\n")}\n`;
  const fresh = lines((index) => `r${index}`);
  expect(diffOf({ path: "f", before: null, after: fresh })).toMatchObject({ change: "created", added: 20_000, removed: 0 });
  const old = lines((index) => `o${index}`);
  expect(diffOf({ path: "f", before: old, after: fresh })).toMatchObject({ change: "modified", added: 20_000, removed: 20_000 });
});

it("compares all changes of one call within the time of one, and takes what is left as replaced", () => {
  const lines = (sign: string) => `${Array.from({ length: 20_000 }, (_, index) => `${sign}${index}`).join("\n")}\n`;
  const small = { path: "f", before: "a\nb\nc\n", after: "a\nx\nc\n" };
  const compare = createCompare();
  expect(compare(small)).toMatchObject({ added: 1, removed: 1 });
  compare({ path: "f", before: lines("o"), after: lines("r") });
  expect(compare(small)).toMatchObject({ added: 3, removed: 3 });
  expect(diffOf(small)).toMatchObject({ added: 1, removed: 1 });
});
