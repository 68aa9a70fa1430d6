import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createKeptOutput } from "./kept-output.ts";

it("is the end of all that was written, from the first whole character on", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\n"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(40), (written, limit) => {
      const kept = createKeptOutput(limit);
      for (const text of written) kept.add(text);
      const all = Buffer.from(written.join(""));
      let start = Math.max(0, all.length - limit);
      while (((all[start] ?? 0) & 0xc0) === 0x80) start += 1;
      expect(kept.text()).toBe(all.toString("utf8", start));
      expect(kept.isCut()).toBe(all.length > limit);
    }),
  );
});

it("encodes each piece once, however much is kept already", () => {
  const kept = createKeptOutput(1024 * 1024);
  for (let at = 0; at < 100; at += 1) kept.add("x".repeat(20_000));
  const encode = vi.spyOn(Buffer, "from");
  for (let at = 0; at < 10; at += 1) kept.add("y".repeat(1_000));
  const encoded = encode.mock.calls.map(([text]) => String(text).length);
  encode.mockRestore();
  expect(encoded).toEqual(Array(10).fill(1_000));
  expect(Buffer.byteLength(kept.text())).toBe(1024 * 1024);
});
