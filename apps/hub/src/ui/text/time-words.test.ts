import { describe, expect, it } from "vitest";
import {
  agoWords,
  countWords,
  dayWords,
  durationWords,
  elapsedWords,
  listWords,
  momentWords,
  roughWords,
  sizeWords,
} from "./time-words.ts";

const noon = new Date(2026, 5, 15, 12, 0, 0).getTime();

describe("times in words", () => {
  it("says spans", () => {
    expect([0, 449, 9_999, 12_300, 185_000, 3_725_000, -5].map(elapsedWords)).toEqual([
      "0.0 s",
      "0.4 s",
      "9.9 s",
      "12 s",
      "3 min 05 s",
      "1 h 02 min",
      "0.0 s",
    ]);
    expect([12, 100].map(durationWords)).toEqual(["< 0.1 s", "0.1 s"]);
    expect([14_900, 180_000, 7_200_000, 400_000_000].map(roughWords)).toEqual(["14 s", "3 min", "2 h", "4 d"]);
  });

  it("says how long ago, and never a negative time", () => {
    expect(agoWords(noon - 14_000, noon)).toBe("14 s ago");
    expect(agoWords(noon + 60_000, noon)).toBe("just now");
  });

  it("says days as people do", () => {
    expect(dayWords(noon - 3_600_000, noon)).toBe("Today");
    expect(dayWords(noon - 86_400_000, noon)).toBe("Yesterday");
    expect(dayWords(new Date(2026, 0, 2).getTime(), noon)).toBe("2 Jan");
    expect(dayWords(new Date(2025, 0, 2).getTime(), noon)).toBe("2 Jan 2025");
    expect(listWords(noon, noon)).toBe("12:00");
    expect(momentWords(new Date(2025, 0, 2, 4, 5, 6).getTime())).toBe("2 Jan 2025, 04:05:06");
  });

  it("says counts and sizes", () => {
    expect([countWords(1, "message"), countWords(1_204, "line")]).toEqual(["1 message", "1,204 lines"]);
    expect([512, 1_400, 12_000_000].map(sizeWords)).toEqual(["512 B", "1.4 kB", "12 MB"]);
  });
});
