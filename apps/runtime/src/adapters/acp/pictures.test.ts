/** Pictures in what an ACP agent says and in what its calls show become files. */
import { expect, it } from "vitest";
import { createTranslator } from "./translate.ts";
import { updateSchema } from "./wire.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC";

const translator = () => createTranslator({ work_dir: "/work", sums_usage: false, notice: () => undefined });
const image = { type: "image", data: PNG, mimeType: "image/png" };
const made = { type: "file.made", mime_type: "image/png", source: { base64: PNG } };

it("shows a picture in its place among the words", () => {
  const { update, deeds } = translator();
  const say = (content: unknown) => update(updateSchema.parse({ sessionUpdate: "agent_message_chunk", content }), "turn");
  expect([
    ...say({ type: "text", text: "See: " }),
    ...say({ ...image, uri: "file:///work/plot.png" }),
    ...say({ type: "text", text: "It rises." }),
  ]).toEqual([
    { type: "message.delta", kind: "answer", text: "See: " },
    { ...made, name: "plot.png" },
    { type: "message.delta", kind: "answer", text: "It rises." },
  ]);
  expect(deeds().hasWorked).toBe(true);
  expect(update(updateSchema.parse({ sessionUpdate: "agent_message_chunk", content: image }), "muted")).toEqual([]);
});

it("shows the pictures and files of a call after what changed of it, and keeps their texts", () => {
  const { update } = translator();
  const call = (fields: object) => update(updateSchema.parse({ toolCallId: "t1", ...fields }), "turn");
  call({ sessionUpdate: "tool_call", title: "Screenshot", status: "in_progress" });
  const blob = { type: "resource", resource: { uri: "mem:/r.pdf", mimeType: "application/pdf", blob: "QUJD" } };
  const content = [{ type: "text", text: "done" }, image, blob].map((block) => ({ type: "content", content: block }));
  const told = call({ sessionUpdate: "tool_call_update", status: "completed", content });
  expect(told).toEqual([
    { type: "tool.updated", tool_call_id: "t1", status: "completed", content: [{ type: "text", text: "done" }] },
    { ...made, tool_call_id: "t1" },
    { ...made, name: "r.pdf", mime_type: "application/pdf", source: { base64: "QUJD" }, tool_call_id: "t1" },
  ]);
});

it("names what has no bytes with it", () => {
  const { update } = translator();
  const content = { type: "image", mimeType: "image/png", uri: "https://example.org/a.png" };
  expect(update(updateSchema.parse({ sessionUpdate: "agent_message_chunk", content }), "turn")).toMatchObject([{ text: "[image]" }]);
});
