/** Pictures are found in the requests of every dialect, whole and in their order. */
import { expect, it } from "vitest";
import { promptOf } from "./conversation.ts";
import { picturesIn } from "./pictures.ts";

it("finds pictures as each dialect holds them, and takes nothing else for one", () => {
  const anthropic = { type: "image", source: { type: "base64", media_type: "image/png", data: "YQ==" } };
  const responses = { type: "input_image", image_url: "data:image/jpeg;base64,Yg==" };
  const chat = { type: "image_url", image_url: { url: "data:image/gif;base64,Yw==" } };
  const gemini = { inlineData: { mimeType: "image/webp", data: "ZA==" } };
  const text = { type: "text", text: "see data:image/png;base64,ZQ==" };
  expect(picturesIn({ messages: [{ content: [text, anthropic, responses] }, { content: [chat, { parts: [gemini] }, null, 5] }] })).toEqual([
    { mime_type: "image/png", data: "YQ==" },
    { mime_type: "image/jpeg", data: "Yg==" },
    { mime_type: "image/gif", data: "Yw==" },
    { mime_type: "image/webp", data: "ZA==" },
  ]);
});

it("takes what an agent writes of a picture for nobody's prompt", () => {
  const items = ["SAY:look", "[Image: source: /tmp/images/1.png]"].map((text) => ({ type: "user", text }) as const);
  expect(promptOf(items).text).toBe("SAY:look");
});
