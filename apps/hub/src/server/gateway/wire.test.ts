/** Our own frames against the receiver of `ws`, at every size where the header changes. */
import { PassThrough, type Writable } from "node:stream";
import { expect, it } from "vitest";
import * as ws from "ws";
import { rangePiece, textFrame } from "./wire.ts";

/** The parser that `ws` clients use; its types do not name it. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

function receive(bytes: Buffer): Promise<string> {
  const receiver = new Receiver({ isServer: false });
  return new Promise((resolve, reject) => {
    receiver.on("message", (data: Buffer) => resolve(data.toString()));
    receiver.on("error", reject);
    new PassThrough().end(bytes).pipe(receiver);
  });
}

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_000])("a text of %i bytes arrives whole", async (length) => {
  const text = "x".repeat(length);
  expect(await receive(textFrame(text))).toBe(text);
});

it("characters of several bytes and lone surrogates keep the length right", async () => {
  const text = `${"é€😀".repeat(40)}\ud800`;
  expect(await receive(textFrame(text))).toBe(`${"é€😀".repeat(40)}\ufffd`);
});

it("a range is made of the stored texts as they are", async () => {
  const events = ['{"seq":3,"text":"\\u0000"}', '{"seq":4}'];
  const piece = rangePiece("s1", 9, { from: 3, to: 4, events });
  expect(JSON.parse(await receive(piece.bytes))).toEqual({
    type: "range",
    session_id: "s1",
    from: 3,
    to: 4,
    head: 9,
    events: [{ seq: 3, text: "\u0000" }, { seq: 4 }],
  });
});
