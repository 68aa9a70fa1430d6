/** Pictures among the items of a Codex turn become files of their call. */
import { expect, it } from "vitest";
import { createTranslator } from "./translate.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC";

function completed(item: object) {
  const translator = createTranslator("/work");
  translator.follow("thread");
  translator.beginTurn();
  translator.identifyTurn("turn");
  const ids = { threadId: "thread", turnId: "turn" };
  const { events } = translator.take("item/completed", { ...ids, item: { id: "i1", status: "completed", ...item } });
  return events;
}

const files = (item: object) => completed(item).filter(({ type }) => type === "file.made");
const made = { type: "file.made", mime_type: "image/png", source: { base64: PNG }, tool_call_id: "i1" };

it("shows a picture that was made, under the name it was saved as", () => {
  const item = { type: "imageGeneration", revisedPrompt: "a lamp", result: PNG };
  expect(completed(item)).toMatchObject([{ type: "tool.started" }, { type: "tool.updated", status: "completed" }, made]);
  expect(files({ ...item, savedPath: "/work/out/lamp.png" })).toEqual([{ ...made, name: "lamp.png" }]);
  expect(files({ ...item, status: "failed" })).toEqual([]);
  expect(files({ ...item, result: "" })).toEqual([]);
});

it("shows a picture that was looked at from the folder it works in", () => {
  const source = { folder: "/work", path: "/work/lamp.png" };
  expect(files({ type: "imageView", path: "/work/lamp.png" })).toEqual([{ ...made, source }]);
});

it("shows what other tools give back, and keeps their words alone", () => {
  const content = [
    { type: "text", text: "two pictures" },
    { type: "image", data: PNG, mimeType: "image/png" },
  ];
  const mcp = completed({ type: "mcpToolCall", server: "browser", tool: "screenshot", result: { content } });
  expect(mcp.at(-1)).toEqual(made);
  expect(mcp.at(-2)).toMatchObject({ content: [{ type: "text", text: "two pictures" }] });
  const imageUrl = `data:image/png;base64,${PNG}`;
  expect(files({ type: "dynamicToolCall", tool: "draw", contentItems: [{ type: "inputImage", imageUrl }] })).toEqual([made]);
});
