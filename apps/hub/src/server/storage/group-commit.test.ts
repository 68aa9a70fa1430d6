/** The queue: no waiting for company, company while busy, a bound on everything, and an orderly end. */
import { describe, expect, it } from "vitest";
import { createGroupCommit } from "./group-commit.ts";

interface Held {
  readonly group: readonly number[];
  finish(): void;
}

/** A queue whose commits wait until the test ends them. */
function createHeld(bounds: { maxWeight?: number; maxWaiting?: number } = {}) {
  const commits: Held[] = [];
  let announce: () => void = () => undefined;
  const group = createGroupCommit<number>({
    commit: (entries) =>
      new Promise<void>((resolve) => {
        commits.push({ group: entries, finish: resolve });
        announce();
      }),
    weigh: (entry) => entry,
    maxWeight: bounds.maxWeight ?? 1_000,
    maxWaiting: bounds.maxWaiting ?? 100,
  });
  return {
    group,
    async commit(index: number): Promise<Held> {
      for (;;) {
        const held = commits[index];
        if (held !== undefined) return held;
        await new Promise<void>((resolve) => {
          announce = resolve;
        });
      }
    },
  };
}

describe("createGroupCommit", () => {
  it("joins the entries of one tick, and those that come while a commit runs", async () => {
    const { group, commit } = createHeld();
    group.add(1);
    group.add(2);
    const first = await commit(0);
    expect(first.group).toEqual([1, 2]);
    group.add(3);
    group.add(4);
    first.finish();
    const second = await commit(1);
    expect(second.group).toEqual([3, 4]);
    second.finish();
    await group.close();
  });

  it("splits by weight, but takes an entry that is too heavy alone", async () => {
    const { group, commit } = createHeld({ maxWeight: 10 });
    for (const entry of [4, 6, 1, 50, 2]) group.add(entry);
    const groups: (readonly number[])[] = [];
    for (let index = 0; index < 4; index += 1) {
      const held = await commit(index);
      groups.push(held.group);
      held.finish();
    }
    expect(groups).toEqual([[4, 6], [1], [50], [2]]);
    await group.close();
  });

  it("refuses more than may wait, and takes entries again afterwards", async () => {
    const { group, commit } = createHeld({ maxWaiting: 2 });
    group.add(1);
    const first = await commit(0);
    group.add(2);
    group.add(3);
    expect(() => group.add(4)).toThrowError(expect.objectContaining({ code: "UNAVAILABLE", retryAfter: 1 }));
    first.finish();
    const second = await commit(1);
    group.add(5);
    second.finish();
    (await commit(2)).finish();
    await group.close();
  });

  it("finishes what waits when it is closed, and takes nothing more", async () => {
    const { group, commit } = createHeld();
    group.add(1);
    let closed = false;
    const closing = group.close().then(() => {
      closed = true;
    });
    expect(() => group.add(2)).toThrowError(expect.objectContaining({ code: "UNAVAILABLE" }));
    const held = await commit(0);
    expect(closed).toBe(false);
    held.finish();
    await closing;
    expect(closed).toBe(true);
  });
});
