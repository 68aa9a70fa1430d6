import { describe, expect, it, vi } from "vitest";
import { type Loop, startLoop } from "./loop.ts";
import { startSweeper } from "./sweeper.ts";

async function rounds(loop: Loop, count: () => number, wanted: number): Promise<void> {
  await vi.waitFor(() => expect(count()).toBeGreaterThanOrEqual(wanted), { timeout: 5_000, interval: 2 });
  await loop.stop();
}

describe("startLoop", () => {
  it("runs again and again, one round at a time, also after a failure", async () => {
    let done = 0;
    let inside = 0;
    let most = 0;
    const failures: unknown[] = [];
    const loop = startLoop({
      every_ms: 1,
      async run() {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
        done += 1;
        if (done === 2) throw new Error("round two");
      },
      failed: (error) => failures.push(error),
    });
    await rounds(loop, () => done, 4);
    expect(most).toBe(1);
    expect(failures).toHaveLength(1);
  });

  it("waits for the running round when stopped, and starts no other", async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let begun = 0;
    const loop = startLoop({
      every_ms: 1,
      async run() {
        begun += 1;
        await gate;
      },
      failed: () => undefined,
    });
    await vi.waitFor(() => expect(begun).toBe(1));
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    await Promise.resolve();
    expect(stopped).toBe(false);
    open();
    await stopping;
    expect(begun).toBe(1);
  });
});

describe("startSweeper", () => {
  it("sweeps with the hub's time and tells of failures", async () => {
    const times: number[] = [];
    const told: string[] = [];
    const sweeper = startSweeper({
      services: {
        async sweep(now) {
          times.push(now);
          if (times.length === 1) throw new Error("the disk is full");
        },
      },
      clock: { now: () => 42 },
      log: { error: (_fields, text) => told.push(text) },
      every_ms: 1,
    });
    await rounds(sweeper, () => times.length, 2);
    expect(times[0]).toBe(42);
    expect(told).toEqual(["the sweeper failed"]);
  });
});
