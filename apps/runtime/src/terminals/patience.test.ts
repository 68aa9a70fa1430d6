/** Waiting for a text costs a bounded part of the time, whatever the patterns are. */
import { expect, it } from "vitest";
import { type WaitOptions, waitForText } from "./patience.ts";
import { createRing } from "./ring.ts";

function wait(pattern: string, changes: Partial<WaitOptions> = {}) {
  const ring = createRing(64 * 1024);
  ring.append(Buffer.from("0".repeat(500)));
  const options = { pattern, ring, from: 0, before: "", timeout: 60_000, watch: () => () => undefined, hasEnded: () => false };
  return waitForText({ ...options, ...changes });
}

it("many patterns that try for ever together have a tenth of the time, and are refused", async () => {
  const began = performance.now();
  const { user: before } = process.cpuUsage();
  const refused = await Promise.allSettled(Array.from({ length: 4 }, () => wait("(0+)+x")));
  const took = performance.now() - began;
  const busy = (process.cpuUsage().user - before) / 1_000;
  for (const each of refused) expect(each).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("too long") } });
  expect(busy / took).toBeLessThan(0.35);
}, 60_000);

it("one that is there already is found beside them", async () => {
  const bad = wait("(0+)+x");
  expect(await wait("0{500}")).toMatchObject({ outcome: "matched" });
  await expect(bad).rejects.toThrow("too long");
}, 60_000);

it("one with no time is looked at once all the same, before those that were looked at: it matches, or its program has ended", async () => {
  const bad = Promise.allSettled(Array.from({ length: 4 }, () => wait("(0+)+x")));
  const brief = { timeout: 1 };
  const [matched, closed, late] = await Promise.all([
    wait("0{500}", brief),
    wait("nothing", { ...brief, hasEnded: () => true }),
    wait("nothing", brief),
  ]);
  expect([matched.outcome, closed.outcome, late.outcome]).toEqual(["matched", "closed", "timeout"]);
  for (const each of await bad) expect(each.status).toBe("rejected");
}, 60_000);
