import { describe, expect, it } from "vitest";
import { publicIdCandidates } from "./endpoint-ids.ts";

describe("publicIdCandidates", () => {
  it("prefers the runtime's own id, then one that names the runtime, and never one that is too long", () => {
    expect(publicIdCandidates("bash", "r1", "f")).toEqual(["bash", "bash@r1", "f"]);
    expect(publicIdCandidates("b".repeat(126), "r", "f")[1]).toHaveLength(128);
    expect(publicIdCandidates("b".repeat(127), "r", "f")).toEqual(["b".repeat(127), "f"]);
  });
});
