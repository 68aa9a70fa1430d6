/** Twenty disturbed conversations: each must tell what the undisturbed one tells. `npm run soak` runs two hundred. */
import { beforeAll, describe, expect, it } from "vitest";
import { converse, judge, type SoakResult } from "./soak.ts";

const SEEDS = Array.from({ length: Number(process.env.SOAK_SEEDS ?? 20) }, (_, index) => index + Number(process.env.SOAK_FROM ?? 1));

let undisturbed: SoakResult;
beforeAll(async () => {
  undisturbed = await converse({ seed: 0, faults: 0 });
});

describe("a conversation in which things are killed and cut", () => {
  it("is whole when nothing happens", () => {
    expect(judge(undisturbed, undisturbed)).toEqual([]);
    const turns = Object.values(undisturbed.told).flat();
    expect(turns.map((turn) => turn.end)).toEqual(turns.map(() => "completed"));
    expect(turns.filter((turn) => turn.answers.length > 0)).toHaveLength(2);
  });

  it.concurrent.each(SEEDS)("loses nothing, doubles nothing and ends every turn (seed %i)", { timeout: 60_000 }, async (seed) => {
    const run = await converse({ seed, faults: 5 });
    expect(judge(run, undisturbed), run.faults.done.join(", ")).toEqual([]);
  });
});
