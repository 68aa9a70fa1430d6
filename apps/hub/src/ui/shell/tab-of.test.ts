import { expect, it } from "vitest";
import { tabOf } from "./tab-of.ts";

it("lights the tab a page is reached by", () => {
  expect(tabOf("/inbox")).toBe("/inbox");
  expect(tabOf("/rules")).toBe("/inbox");
  expect(tabOf("/audit")).toBe("/");
});
