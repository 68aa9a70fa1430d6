/** Bytes within messages, as the agents' protocols write them, become files; what only names something does not. */
import { expect, it } from "vitest";
import { decodeData, fileOf, filesOf } from "./made-files.ts";

const ids = { tool_call_id: "c1" };

it.each([
  ["of ACP, MCP and pi", { type: "image", data: "QUJD", mimeType: "image/png" }, "image/png", undefined],
  [
    "of ACP with its address",
    { type: "image", data: "QUJD", mimeType: "image/png", uri: "file:///w/a%20b.png?x#y" },
    "image/png",
    "a b.png",
  ],
  ["of Anthropic", { type: "image", source: { type: "base64", media_type: "image/webp", data: "QUJD" } }, "image/webp", undefined],
  ["of Codex's own tools", { type: "inputImage", imageUrl: "data:image/gif;base64,QUJD" }, "image/gif", undefined],
  [
    "in a resource",
    { type: "resource", resource: { blob: "QUJD", mimeType: "application/pdf", uri: "mem:/x/r.pdf" } },
    "application/pdf",
    "r.pdf",
  ],
  ["that sounds", { type: "audio", data: "QUJD", mimeType: "audio/wav" }, "audio/wav", undefined],
])("knows one %s", (_what, part, mime_type, name) => {
  const named = name === undefined ? {} : { name };
  expect(fileOf(part, ids)).toEqual({ type: "file.made", mime_type, source: { base64: "QUJD" }, ...ids, ...named });
});

it.each([
  { type: "text", text: "QUJD" },
  { type: "image", data: "" },
  { type: "image", data: 7, source: "QUJD" },
  { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
  { type: "inputImage", imageUrl: "https://example.org/a.png" },
  { type: "resource", resource: { text: "words", uri: "mem:/a" } },
  { type: "resource_link", uri: "file:///etc/passwd", name: "passwd" },
  null,
  "QUJD",
])("takes %j for no file", (part) => {
  expect(fileOf(part)).toBeUndefined();
  expect(filesOf([part])).toEqual([]);
});

it("looks at so many of one result and at no more", () => {
  expect(filesOf(Array.from({ length: 40 }, () => ({ type: "image", data: "QUJD" })))).toHaveLength(32);
  expect(filesOf("QUJD")).toEqual([]);
});

it("believes the kind that stands with the bytes", () => {
  expect(decodeData("data:image/png;name=x;base64,QUJD", "text/plain")).toEqual({ base64: "QUJD", mime_type: "image/png" });
  expect(decodeData("QUJD", "image/png")).toEqual({ base64: "QUJD", mime_type: "image/png" });
});
