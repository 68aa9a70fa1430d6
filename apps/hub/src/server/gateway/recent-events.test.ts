/** The memory of a session's newest events, against a plain list, for any pushes and any bounds. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createRecentEvents } from "./recent-events.ts";
import type { EventRange } from "./wire.ts";

const range = (from: number, count: number): EventRange => ({
  from,
  to: from + count - 1,
  events: Array.from({ length: count }, (_, index) => `"${from + index}"`),
});

it("never answers with anything but the events that follow, and holds no more than it may", () => {
  const push = fc.record({ skip: fc.constantFrom(0, 0, 0, 1, 3), count: fc.integer({ min: 1, max: 8 }) });
  fc.assert(
    fc.property(
      fc.array(push, { maxLength: 30 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 60 }),
      (pushes, most, bytes) => {
        const recent = createRecentEvents(most, 10_000);
        let head = 0;
        let lastGap = 0;
        for (const { skip, count } of pushes) {
          if (skip > 0) lastGap = head + skip;
          recent.push(range(head + skip + 1, count));
          head += skip + count;
          for (let after = 0; after <= head + 1; after += 1) {
            const held = recent.after(after, bytes);
            const expected = after >= Math.max(lastGap, head - most) && after < head;
            expect(held !== undefined).toBe(expected);
            if (held === undefined) continue;
            expect(held.from).toBe(after + 1);
            expect(held.events).toEqual(range(held.from, held.to - held.from + 1).events);
            const size = held.events.join("").length;
            expect(held.events.length === 1 || size <= bytes).toBe(true);
          }
        }
      },
    ),
  );
});

it("does not hold ranges that were merged, and goes on after them", () => {
  const recent = createRecentEvents(100, 10_000);
  recent.push(range(1, 3));
  recent.push({ from: 4, to: 9, events: ['"merged"'] });
  expect(recent.after(2, 1_000)).toBeUndefined();
  expect(recent.after(3, 1_000)).toBeUndefined();
  recent.push(range(10, 2));
  expect(recent.after(9, 1_000)).toMatchObject({ from: 10, to: 11 });
});

it("is bounded in characters too, and a repetition changes nothing", () => {
  const recent = createRecentEvents(100, 12);
  recent.push(range(1, 9));
  recent.push(range(3, 2));
  expect(recent.after(4, 1_000)).toBeUndefined();
  expect(recent.after(5, 1_000)).toMatchObject({ from: 6, to: 9 });
});
