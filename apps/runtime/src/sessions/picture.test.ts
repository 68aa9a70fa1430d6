/** Pictures are known by their first bytes: kind and size, and nothing is read beyond what is there. */
import { describe, expect, it } from "vitest";
import { readPicture } from "./picture.ts";

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

const PICTURES = [
  ["image/png", bytes("\x89PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 1, 44, 0, 0, 0, 200])],
  ["image/gif", bytes("GIF89a", [44, 1, 200, 0], "rest")],
  [
    "image/jpeg",
    bytes("\xff\xd8", [0xff, 0xe0, 0, 6], "JFIF", [0xff, 0xff, 0xc4, 0, 3, 1], [0xff, 0xc2, 0, 17, 8, 0, 200, 1, 44, 3, 1, 0x22, 0]),
  ],
  ["image/webp", bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0], [43, 1, 0, 199, 0, 0])],
  ["image/webp", bytes("RIFF", [0, 0, 0, 0], "WEBPVP8L", [0, 0, 0, 0, 0x2f], [0x2b, 0xc1, 0x31, 0], [0, 0, 0, 0, 0])],
  ["image/webp", bytes("RIFF", [0, 0, 0, 0], "WEBPVP8 ", [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a], [44, 1, 200, 0])],
] as const;

describe.each(PICTURES)("%s (%#)", (mime_type, head) => {
  it("is known with its size", () => {
    expect(readPicture(head)).toEqual({ mime_type, size: { width: 300, height: 200 } });
  });

  it("is cut anywhere without harm", () => {
    for (let end = 0; end < head.length; end += 1) {
      const { size } = readPicture(head.subarray(0, end)) ?? {};
      expect(size === undefined || (size.width === 300 && size.height === 200), `cut at ${end}`).toBe(true);
    }
  });
});

it("knows nothing else", () => {
  for (const text of ["", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<html>", "GIF88a....", "RIFF0000WAVE"]) {
    expect(readPicture(bytes(text))).toBeUndefined();
  }
});

it("gives no size of nothing", () => {
  expect(readPicture(bytes("GIF89a", [0, 0, 0, 0]))).toEqual({ mime_type: "image/gif", size: undefined });
});
