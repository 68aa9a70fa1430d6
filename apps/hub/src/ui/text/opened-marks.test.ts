/** Things of one name are told apart by words as short as they can be; the others are left alone. */
import { expect, it } from "vitest";
import { openedMarks } from "./opened-marks.ts";

const NOW = new Date(2026, 10, 27, 19, 30).getTime();
const named = (id: string, name: string, ...at: [month: number, day: number, hour: number, minute: number, second?: number]) => ({
  id,
  name,
  created_at: new Date(2026, ...at).toISOString(),
});
const marks = (...all: readonly ReturnType<typeof named>[]) => Object.fromEntries(openedMarks(all, NOW));

it("says nothing of a name that only one has", () => {
  expect(marks(named("a", "now", 10, 27, 19, 10), named("b", "later", 10, 27, 19, 10))).toEqual({});
});

it("says the minute where that is enough, and the day of older ones", () => {
  const found = marks(named("a", "now", 10, 27, 19, 12), named("b", "now", 10, 27, 19, 10), named("c", "now", 10, 12, 8, 0));
  expect(found).toEqual({ a: "19:12", b: "19:10", c: "12 Nov" });
});

it("says the second of two opened in the same minute", () => {
  expect(marks(named("a", "now", 10, 27, 19, 12, 4), named("b", "now", 10, 27, 19, 12, 41))).toEqual({ a: "19:12:04", b: "19:12:41" });
});

it("says the hour, then the second too, of two opened on the same earlier day", () => {
  expect(marks(named("a", "now", 10, 26, 8, 0), named("b", "now", 10, 26, 9, 0))).toEqual({ a: "Yesterday 08:00", b: "Yesterday 09:00" });
  expect(marks(named("a", "now", 10, 12, 8, 0, 1), named("b", "now", 10, 12, 8, 0, 2))).toEqual({
    a: "12 Nov 08:00:01",
    b: "12 Nov 08:00:02",
  });
});
