import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineSplitter } from "./lines.ts";

function split(chunks: readonly Buffer[], max_bytes: number) {
  const seen: (string | number)[] = [];
  const lines = createLineSplitter({ max_bytes, onLine: (line) => seen.push(line), onTooLong: (bytes) => seen.push(bytes) });
  for (const chunk of chunks) lines.write(chunk);
  lines.end();
  return seen;
}

describe("lines", () => {
  it("drops a line that is too long, tells its size and reads on", () => {
    expect(split([Buffer.from("ok\r\n12345"), Buffer.from("678\nmore\n\nlast")], 5)).toEqual(["ok", 8, "more", "", "last"]);
  });

  it("gives the same lines for any chunking", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(8)), (text, cuts) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(split(chunks, 16)).toEqual(split([bytes], 16));
      }),
    );
  });
});
