/** Pictures that Claude Code's tools give back become files of their call, and a line of text only where their bytes are not there. */
import { expect, it } from "vitest";
import { createTranslator } from "./translate.ts";
import { decodeLine } from "./wire.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC";

function events(content: unknown, { tool = "Read", parent }: { tool?: string; parent?: string } = {}) {
  const translator = createTranslator({ place: { cwd: "/work", home: "/home/user" }, propose: () => [] });
  const from = parent === undefined ? {} : { parent_tool_use_id: parent };
  const call = { type: "tool_use", id: "toolu_1", name: tool, input: { file_path: "/work/plots/lamp.png" } };
  const result = { type: "tool_result", tool_use_id: "toolu_1", content };
  return [
    { type: "assistant", message: { content: [call] }, ...from },
    { type: "user", message: { role: "user", content: [result] }, ...from },
  ].flatMap((line) => {
    const decoded = decodeLine(JSON.stringify(line));
    if (!decoded.ok) throw new Error("a line was not understood");
    return translator.receive(decoded.message);
  });
}

const image = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };

it("shows the picture of a file that was read under its name, after its call", () => {
  const told = events([{ type: "text", text: "a lamp" }, image]);
  const made = { type: "file.made", name: "lamp.png", mime_type: "image/png", source: { base64: PNG }, tool_call_id: "toolu_1" };
  expect(told.at(-1)).toEqual(made);
  expect(told.at(-2)).toMatchObject({ type: "tool.updated", status: "completed", content: [{ type: "text", text: "a lamp" }] });
});

it("says of a tool's picture whose call and sub-agent it came with, and keeps no line for it", () => {
  const told = events([image, image], { tool: "mcp__browser__screenshot", parent: "toolu_0" });
  const made = { type: "file.made", mime_type: "image/png", source: { base64: PNG } };
  const ids = { tool_call_id: "toolu_1", parent_tool_call_id: "toolu_0" };
  expect(told.slice(-2)).toEqual([
    { ...made, ...ids },
    { ...made, ...ids },
  ]);
  expect(told.at(-3)).toMatchObject({ type: "tool.updated", content: [] });
});

it("names a picture that lies elsewhere", () => {
  const told = events([{ type: "image", source: { type: "url", url: "https://example.org/a.png" } }]);
  expect(told.at(-1)).toMatchObject({ type: "tool.updated", content: [{ text: "(an image)" }] });
});
