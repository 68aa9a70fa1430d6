import { memoryStorage } from "@fairlead/client";
import { expect, it } from "vitest";
import { markTold } from "./told.ts";

it("tells each question once, forgets the oldest and survives a spoilt store", () => {
  const storage = memoryStorage();
  expect(markTold(storage, ["a", "b"])).toEqual(["a", "b"]);
  expect(markTold(storage, ["b", "c"])).toEqual(["c"]);
  const many = Array.from({ length: 300 }, (_, index) => `k${index}`);
  markTold(storage, many);
  expect(markTold(storage, ["k299", "a"])).toEqual(["a"]);
  storage.setItem("fairlead.told", "{");
  expect(markTold(storage, ["a"])).toEqual(["a"]);
});
