/** Pictures that pi's tools give back become files of their call. */
import { expect, it } from "vitest";
import { createTranslator } from "./translate.ts";
import { decodeLine } from "./wire.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC";

function events(...lines: unknown[]) {
  const translator = createTranslator({ place: { cwd: "/work", home: "/home/user" }, newId: () => "t1", preview: () => [] });
  return lines.flatMap((line) => {
    const decoded = decodeLine(JSON.stringify(line));
    if (!decoded.ok) throw new Error(decoded.text);
    return translator.receive(decoded.message);
  });
}

const image = { type: "image", data: PNG, mimeType: "image/png" };
const made = { type: "file.made", mime_type: "image/png", source: { base64: PNG } };
const call = (toolName: string) => ({ toolCallId: "call_1", toolName });

it("shows the picture of a file that was read under its name, once its call is over", () => {
  const result = { content: [{ type: "text", text: "Read image file [image/png]" }, image] };
  const told = events(
    { type: "tool_execution_start", ...call("read"), args: { path: "plots/lamp.png" } },
    { type: "tool_execution_update", ...call("read"), partialResult: result },
    { type: "tool_execution_end", ...call("read"), result, isError: false },
  );
  expect(told.filter(({ type }) => type === "file.made")).toEqual([{ ...made, name: "lamp.png", tool_call_id: "t1" }]);
  expect(told.at(-2)).toMatchObject({ type: "tool.updated", status: "completed" });
});

it("shows what an extension's tool or message draws", () => {
  const told = events(
    { type: "tool_execution_end", ...call("draw"), result: { content: [image] }, isError: false },
    { type: "message_end", message: { role: "custom", display: true, content: [image] } },
  );
  expect(told.filter(({ type }) => type === "file.made")).toEqual([{ ...made, tool_call_id: "t1" }, made]);
});
