/** The joining of output: order and text are kept whatever the pieces, and the first piece never waits. */
import type { MessageKind } from "@fairlead/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createCoalescer } from "./coalesce.ts";

function collect() {
  const pieces: { kind: MessageKind; text: string }[] = [];
  return { pieces, coalescer: createCoalescer<MessageKind>((kind, text) => pieces.push({ kind, text })) };
}

test("the first piece leaves at once, whatever its size", () => {
  for (const size of [1, 4_096, 30_000]) {
    const { pieces, coalescer } = collect();
    coalescer.push("stdout", "x".repeat(size));
    expect(pieces).toHaveLength(1);
  }
});

test("a flood is joined, and its end leaves by itself", async () => {
  const { pieces, coalescer } = collect();
  for (let index = 0; index < 2_000; index += 1) coalescer.push("stdout", "0123456789".repeat(10));
  await expect.poll(() => pieces.reduce((sum, { text }) => sum + text.length, 0)).toBe(200_000);
  expect(pieces.length).toBeLessThan(200);
});

test("any cutting of any text comes out whole, in order, in pieces of at most 64 Ki", () => {
  const piece = fc.record({
    kind: fc.constantFrom<MessageKind>("stdout", "stderr", "answer"),
    text: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a".repeat(5_000), "b".repeat(70_000), `c${"😀".repeat(40_000)}`)),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.constant("flush" as const)), { maxLength: 30 }), (steps) => {
      const { pieces, coalescer } = collect();
      for (const step of steps) {
        if (step === "flush") coalescer.flush();
        else coalescer.push(step.kind, step.text);
      }
      coalescer.flush();
      const joined = (list: readonly { kind: MessageKind; text: string }[]) => {
        const result: { kind: MessageKind; text: string }[] = [];
        for (const { kind, text } of list) {
          const last = result.at(-1);
          if (text === "") continue;
          if (last?.kind === kind) last.text += text;
          else result.push({ kind, text });
        }
        return result;
      };
      expect(joined(pieces)).toEqual(joined(steps.filter((step) => step !== "flush")));
      for (const { text } of pieces) {
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(65_536);
        expect(text).toBe(Buffer.from(text).toString());
      }
    }),
    { numRuns: 60 },
  );
});
