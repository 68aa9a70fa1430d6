/** Binary frames: what is written is read, what is none is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_TERMINAL_PAYLOAD_BYTES } from "./limits.ts";
import {
  decodeTerminalFrame,
  decodeTerminalSize,
  encodeTerminalFrame,
  encodeTerminalSize,
  renumberTerminalFrame,
  TERMINAL_FRAME,
  TERMINAL_HEADER_BYTES,
  type TerminalFrameKind,
} from "./terminal-frame.ts";

const kind = fc.constantFrom(...(Object.keys(TERMINAL_FRAME) as TerminalFrameKind[]));
const number = fc.nat(0xffff_ffff);

describe("a binary frame", () => {
  it("is read as it was written, also with positions beyond 32 bits", () => {
    fc.assert(
      fc.property(kind, number, fc.maxSafeNat(), fc.uint8Array(), (name, at, position, payload) => {
        const frame = decodeTerminalFrame(encodeTerminalFrame(name, at, position, payload));
        expect(frame).toEqual({ kind: name, number: at, position, payload });
      }),
    );
  });

  it("keeps all but its number when a relay changes that", () => {
    fc.assert(
      fc.property(number, number, fc.maxSafeNat(), fc.uint8Array(), (from, to, position, payload) => {
        const bytes = encodeTerminalFrame("output", from, position, payload);
        renumberTerminalFrame(bytes, to);
        expect(decodeTerminalFrame(bytes)).toEqual({ kind: "output", number: to, position, payload });
      }),
    );
  });

  it.each([
    ["shorter than its header", new Uint8Array(TERMINAL_HEADER_BYTES - 1)],
    ["of no known kind", new Uint8Array(TERMINAL_HEADER_BYTES).fill(99)],
    ["too long", encodeTerminalFrame("output", 1, 0, new Uint8Array(MAX_TERMINAL_PAYLOAD_BYTES + 1))],
    ["with a position beyond 2^53", Uint8Array.of(1, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])("is refused when it is %s", (_what, bytes) => {
    expect(() => decodeTerminalFrame(bytes)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("a size", () => {
  it.each([
    [
      { cols: 120, rows: 40 },
      { cols: 120, rows: 40 },
    ],
    [
      { cols: 0, rows: 0 },
      { cols: 2, rows: 1 },
    ],
    [
      { cols: 10_000, rows: 10_000 },
      { cols: 1_000, rows: 500 },
    ],
    [
      { cols: 100_000, rows: 3 },
      { cols: 1_000, rows: 3 },
    ],
  ])("of %o becomes %o", (size, fitted) => {
    expect(decodeTerminalSize(encodeTerminalSize(size))).toEqual(fitted);
  });

  it("is refused when it has not 4 bytes", () => {
    expect(() => decodeTerminalSize(new Uint8Array(3))).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
