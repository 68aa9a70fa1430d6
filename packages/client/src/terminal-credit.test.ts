/** Credits: large ones at once, small ones soon, none for what an earlier attachment delivered. */
import { TERMINAL_WINDOW_BYTES } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createCredit } from "./terminal-credit.ts";

let told: number[];
const credit = () => createCredit((total) => told.push(total));

beforeEach(() => {
  told = [];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe("credit", () => {
  it("is told at once for a quarter of the window, and soon for less", () => {
    const { delivered, drawn } = credit();
    delivered(TERMINAL_WINDOW_BYTES);
    drawn(10);
    expect(told).toEqual([]);
    drawn(TERMINAL_WINDOW_BYTES / 4);
    expect(told).toEqual([TERMINAL_WINDOW_BYTES / 4 + 10]);
    drawn(5);
    vi.advanceTimersByTime(200);
    expect(told.at(-1)).toBe(TERMINAL_WINDOW_BYTES / 4 + 15);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
  });

  it("is not given for what an earlier attachment delivered and is drawn only now", () => {
    const { delivered, drawn, restart } = credit();
    delivered(100);
    restart();
    delivered(30);
    drawn(100);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    drawn(30);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([30]);
  });

  it("is told with what is typed while bytes are drawn, but not with a key", () => {
    const { delivered, drawn, typed } = credit();
    typed();
    delivered(10);
    drawn(10);
    expect(told).toEqual([]);
    delivered(30);
    typed();
    drawn(30);
    expect(told).toEqual([40]);
    delivered(5);
    drawn(5);
    expect(told).toEqual([40]);
  });

  it("counts what need not be drawn, and never more than was delivered", () => {
    const { delivered, drawn, skipped } = credit();
    delivered(10);
    skipped(7);
    drawn(1_000);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([17]);
  });
});
