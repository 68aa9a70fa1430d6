import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createPropose } from "./edits.ts";

it("finds out once what an edit would do, as long as its file is what it was", () => {
  const cwd = mkdtempSync(join(tmpdir(), "fairlead-edits-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const propose = createPropose({ cwd, home: cwd });
  const input = { file_path: "a", old_string: "two", new_string: "2" };
  writeFileSync(join(cwd, "a"), "one\ntwo\n");
  const first = propose("Edit", input);
  expect(first).toMatchObject([{ patch: "@@ -1,2 +1,2 @@\n one\n-two\n+2" }]);
  expect(propose("Edit", { ...input })).toBe(first);
  writeFileSync(join(cwd, "a"), "1\ntwo\n");
  expect(propose("Edit", input)).toMatchObject([{ patch: "@@ -1,2 +1,2 @@\n 1\n-two\n+2" }]);
  expect(propose("Edit", { ...input, new_string: "II" })).toMatchObject([{ patch: "@@ -1,2 +1,2 @@\n 1\n-two\n+II" }]);
  expect(propose("Read", input)).toEqual([]);
});
