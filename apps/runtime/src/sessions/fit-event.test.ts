/** What an agent says fits into an event, whatever its size, and an approval's hash covers all of its input. */
import { type AgentEvent, agentEventSchema, MAX_AGENT_EVENT_BYTES } from "@fairlead/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fitEvent, hashInput } from "./fit-event.ts";

const OPTIONS = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];

function approval(input: Record<string, unknown>): Extract<AgentEvent, { type: "approval.requested" }> {
  return { type: "approval.requested", approval_id: "a", tool: "Write", title: "Write", options: OPTIONS, input };
}

test("an approval is hashed over tool and whole input, in any order of its keys", () => {
  expect(hashInput("Bash", { a: 1, b: { c: 2, d: [3] } })).toBe(hashInput("Bash", { b: { d: [3], c: 2 }, a: 1 }));
  expect(hashInput("Bash", { a: 1 })).not.toBe(hashInput("Sh", { a: 1 }));
  expect(hashInput("Bash", { a: [1, 2] })).not.toBe(hashInput("Bash", { a: [2, 1] }));
  const long = "x".repeat(2_000_000);
  const one = fitEvent(approval({ content: `${long}1` }));
  const two = fitEvent(approval({ content: `${long}2` }));
  expect(one).toMatchObject({ input_truncated: true });
  expect("input_hash" in one && "input_hash" in two && one.input_hash !== two.input_hash).toBe(true);
});

test("a call that names too many files fits without them, as one that was cut", () => {
  const paths = Array.from({ length: 200 }, (_, index) => `/${index}${"é".repeat(4_000)}`);
  const fitted = fitEvent({ ...approval({ paths }), subject: { cwd: "/", paths } });
  expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(MAX_AGENT_EVENT_BYTES);
  expect(fitted).toMatchObject({ input_truncated: true, input_hash: expect.any(String) });
  expect(fitted).not.toHaveProperty("subject");
});

test("what fits stays as it is", () => {
  const input = { command: "ls", nested: { list: ["a", 1, null] } };
  expect(fitEvent(approval(input))).toEqual({ ...approval(input), input_hash: hashInput("Write", input) });
});

test("a call of any size fits and says what was shortened", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom("y".repeat(300_000), "😀".repeat(200_000)));
  const content = fc.array(
    piece.map((patch) => ({
      type: "diff" as const,
      path: "a",
      change: "modified" as const,
      patch: patch.slice(0, 262_144),
      added: 1,
      removed: 0,
    })),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), piece, { maxKeys: 10 }), content, (input, diffs) => {
      const fitted = fitEvent({ type: "tool.updated", tool_call_id: "t", input, content: diffs });
      expect(agentEventSchema.safeParse(fitted).error).toBeUndefined();
      expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(MAX_AGENT_EVENT_BYTES);
      const isWhole = JSON.stringify(fitted) === JSON.stringify({ type: "tool.updated", tool_call_id: "t", input, content: diffs });
      const saysSo = JSON.stringify(fitted).includes('truncated":true');
      expect(isWhole || saysSo).toBe(true);
    }),
    { numRuns: 40 },
  );
});
