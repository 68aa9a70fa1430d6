/** Durations and sizes as people write them, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationSchema, parseDuration, parseSize, sizeSchema, timerSchema } from "./quantities.ts";

describe("durations", () => {
  it.each([
    ["30m", 1_800_000],
    ["720h", 2_592_000_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["250ms", 250],
    ["2d", 172_800_000],
    [" 5s ", 5_000],
  ])("%j is %i ms", (text, ms) => {
    expect(durationSchema.parse(text)).toBe(ms);
  });

  it.each(["", "5", "5 m", "m", "-5s", "5S", "1h-3m", "1e3s", "5s later", "ten minutes"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(durationSchema.safeParse(text).success).toBe(false);
  });

  it("a bare number counts seconds", () => {
    expect(durationSchema.parse(90)).toBe(90_000);
    expect(durationSchema.parse(0)).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])("the number %j is refused", (value) => {
    expect(durationSchema.safeParse(value).success).toBe(false);
  });

  it("a timer is never 0 and never longer than a timer can wait", () => {
    expect(timerSchema.safeParse("0s").success).toBe(false);
    expect(timerSchema.safeParse("597h").success).toBe(false);
    expect(timerSchema.parse("596h")).toBe(2_145_600_000);
  });

  it("parts add up, whatever they are", () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom(["ms", 1], ["s", 1_000], ["m", 60_000], ["h", 3_600_000]));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([amount, [unit]]) => `${amount}${unit}`).join("");
        expect(parseDuration(text)).toBe(parts.reduce((sum, [amount, [, ms]]) => sum + amount * Number(ms), 0));
      }),
    );
  });
});

describe("sizes", () => {
  it.each([
    ["10MB", 10_000_000],
    ["10MiB", 10_485_760],
    ["512KiB", 524_288],
    ["1.5kb", 1_500],
    ["2 gb", 2_000_000_000],
    ["100", 100],
    ["7b", 7],
  ])("%j is %i bytes", (text, bytes) => {
    expect(sizeSchema.parse(text)).toBe(bytes);
  });

  it.each(["", "MB", "-1MB", "10XB", "1,5MB", "10 M B"])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
    expect(sizeSchema.safeParse(text).success).toBe(false);
  });
});
