/** What the hub asks is answered, and no answer costs more than itself. */
import { MAX_RUNTIME_FRAME_BYTES, type RuntimeFrame } from "@fairlead/protocol";
import { expect, it, vi } from "vitest";
import { createRequestDesk } from "./requests.ts";

it("refuses an answer that no frame can carry, and goes on", async () => {
  const sent: RuntimeFrame[] = [];
  const texts = ["x".repeat(MAX_RUNTIME_FRAME_BYTES), "little"];
  const desk = createRequestDesk({
    endpoints: new Map(),
    terminals: { answer: async () => ({ waited: { outcome: "matched", match: texts.shift() ?? "", offset: 1 } }) },
    send: (frame) => sent.push(frame) > 0,
  });
  for (const id of ["a", "b"]) {
    desk.take({ type: "request", id, request: { kind: "terminal.wait", session_id: "s", pattern: "x", timeout: 1 } });
    await vi.waitFor(() => expect(sent.at(-1)).toMatchObject({ id }));
  }
  expect(sent).toEqual([
    { type: "response", id: "a", error: expect.stringContaining("too large") },
    { type: "response", id: "b", waited: { outcome: "matched", match: "little", offset: 1 } },
  ]);
});
