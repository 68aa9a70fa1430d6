/** Files in words, and the boxes of pictures. */
import { expect, it } from "vitest";
import { bytesWords, isPicture, pictureBox } from "./file-words.ts";

it.each([
  [
    { width: 640, height: 480 },
    { width: 427, height: 320 },
  ],
  [
    { width: 200, height: 100 },
    { width: 200, height: 100 },
  ],
  [
    { width: 10, height: 100_000 },
    { width: 1, height: 320 },
  ],
  [null, { width: 400, height: 300 }],
])("keeps a box for a picture of %o", (pixels, box) => {
  expect(pictureBox(pixels)).toEqual(box);
});

it("shows no drawing that could run as a page", () => {
  expect(["image/png", "image/svg+xml", "text/html"].map(isPicture)).toEqual([true, false, false]);
});

it("says where the bytes are", () => {
  expect(bytesWords({ bytes: { state: "stored", file_id: "f" } })).toBeUndefined();
  expect(bytesWords({ bytes: { state: "coming" } })).toBe("On its way…");
  expect(bytesWords({ bytes: { state: "missing", reason: "too_large" } })).toBe("Too large to bring over");
});
