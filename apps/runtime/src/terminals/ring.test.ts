/** The ring against the plainest model of it: all bytes in one buffer. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRing } from "./ring.ts";

test("whatever is appended, the newest bytes are there under their positions and no others", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 40 }), (capacity, chunks) => {
      const ring = createRing(capacity);
      let all = Buffer.alloc(0);
      for (const chunk of chunks) {
        ring.append(chunk);
        all = Buffer.concat([all, chunk]);
        expect(ring.end()).toBe(all.length);
        expect(ring.start()).toBe(Math.max(0, all.length - capacity));
        for (let at = ring.start(); at < ring.end(); ) {
          const piece = ring.slice(at, 7);
          expect(piece.length).toBeGreaterThan(0);
          expect(Buffer.from(piece).equals(all.subarray(at, at + piece.length))).toBe(true);
          at += piece.length;
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("grows to its capacity and not beyond, and wraps at it", () => {
  const ring = createRing(64 * 1024);
  const line = Buffer.from("0123456789abcdef".repeat(64));
  for (let round = 0; round < 200; round += 1) ring.append(line);
  expect(ring.end()).toBe(200 * 1024);
  expect(ring.end() - ring.start()).toBe(64 * 1024);
  expect(ring.slice(ring.end() - 16, 100).toString()).toContain("0123456789abcdef");
});

test("one append larger than the ring keeps its end", () => {
  const ring = createRing(4);
  ring.append(Buffer.from("abcdefghij"));
  expect([ring.start(), ring.end(), Buffer.from(ring.slice(6, 1)).toString()]).toEqual([6, 10, "g"]);
});
