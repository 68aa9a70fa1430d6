/** Chores: they come again after a failure, never overlap, and stop for good. */
import { expect, it, vi } from "vitest";
import { every } from "./every.ts";

it("runs again after a failure, one run at a time, and stopping waits for the one under way", async () => {
  const failures: unknown[] = [];
  let [runs, atOnce, most] = [0, 0, 0];
  const work = async () => {
    runs += 1;
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce -= 1;
    if (runs === 1) throw new Error("the first one fails");
  };
  const stop = every({ name: "test", everyMs: 1, work }, { error: (...said: unknown[]) => void failures.push(said) });
  await vi.waitUntil(() => runs >= 4 && atOnce === 1);
  await stop();
  expect(atOnce).toBe(0);
  expect(most).toBe(1);
  expect(failures).toHaveLength(1);
  const after = runs;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runs).toBe(after);
});
