/** What somebody began to write survives a reload and stays bounded. */
import { expect, it } from "vitest";
import { createDrafts } from "./drafts.ts";
import { memoryStorage } from "./storage.ts";

it("keeps drafts over a reload, forgets what was emptied, and is bounded", () => {
  const storage = memoryStorage();
  createDrafts(storage).set("s", "half a sent");
  expect(createDrafts(storage).get("s")).toBe("half a sent");
  createDrafts(storage).set("s", "");
  expect(storage.length).toBe(0);
  for (let count = 0; count < 300; count += 1) createDrafts(storage).set(`s${count}`, "x");
  expect(storage.length).toBe(200);
  expect(createDrafts(storage).get("s299")).toBe("x");
});

it("does without what another program wrote in its place", () => {
  const storage = memoryStorage();
  storage.setItem("fairlead.draft.s", "not JSON");
  expect(createDrafts(storage).get("s")).toBe("");
});
