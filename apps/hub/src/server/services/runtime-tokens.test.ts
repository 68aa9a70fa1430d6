import { describe, expect, it } from "vitest";
import { createTokenCheck } from "./runtime-tokens.ts";

describe("createTokenCheck", () => {
  const fits = createTokenCheck([
    { runtime_id: "r1", token: "old", name: "" },
    { runtime_id: "r1", token: "new", name: "" },
    { runtime_id: "r2", token: "other", name: "" },
  ]);

  it("knows each runtime by any of its own tokens, and by nothing else", () => {
    expect([fits("r1", "old"), fits("r1", "new"), fits("r2", "other")]).toEqual([true, true, true]);
    expect([fits("r1", "other"), fits("r2", "old"), fits("r3", "old")]).toEqual([false, false, false]);
    expect([fits("r1", undefined), fits("r1", ""), fits("r1", "OLD"), fits("r1", "old ")]).toEqual([false, false, false, false]);
  });
});
