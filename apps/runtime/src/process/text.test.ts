import { describe, expect, it } from "vitest";
import { clipText, createTextDecoder, safeText, splitText } from "./text.ts";

const SAMPLE = "aä€🙂漢\0z";

describe("text", () => {
  it("decodes UTF-8 the same wherever it is cut", () => {
    const bytes = Buffer.from(SAMPLE);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const decoder = createTextDecoder();
      const text = decoder.write(bytes.subarray(0, cut)) + decoder.write(bytes.subarray(cut)) + decoder.end();
      expect(text).toBe(SAMPLE.replace("\0", "\u2400"));
    }
  });

  it("replaces what an unfinished character left", () => {
    const decoder = createTextDecoder();
    expect(decoder.write(Buffer.from([0x61, 0xf0, 0x9f])) + decoder.end()).toBe("a\ufffd");
  });

  it("makes lone surrogates and NUL safe and leaves pairs alone", () => {
    expect(safeText("\ud800a\udc00\0🙂")).toBe("\ufffda\ufffd\u2400🙂");
  });

  it("never splits a character", () => {
    const pieces = [...splitText("a🙂🙂b", 2)];
    expect(pieces).toEqual(["a", "🙂", "🙂", "b"]);
    expect([...splitText("", 2)]).toEqual([]);
  });

  it("clips with a mark", () => {
    expect(clipText("short", 5)).toBe("short");
    expect(clipText("longer", 5)).toBe("long…");
  });
});
