/** Decoding refuses with the frame's name and the field at fault, and whatever a peer sends. */
import { describe, expect, it } from "vitest";
import { clientFrameSchema } from "./client-socket.ts";
import { CLOSE, mayReconnect } from "./close-codes.ts";
import { byteLength, decodeFrame } from "./codec.ts";
import { AppError, ERRORS, errorCodeSchema } from "./errors.ts";
import { runtimeFrameSchema } from "./runtime-socket.ts";
import { commonVersion, PROTOCOL_VERSION } from "./version.ts";

describe("decodeFrame", () => {
  it("fills in defaults and drops unknown fields", () => {
    const frame = decodeFrame(clientFrameSchema, '{"type":"client.subscribe","session_id":"s1","later":true}');
    expect(frame).toEqual({ type: "client.subscribe", session_id: "s1", after_seq: 0 });
  });

  it("names the frame and the field at fault", () => {
    const decode = () => decodeFrame(clientFrameSchema, '{"type":"client.subscribe","session_id":"../etc"}');
    expect(decode).toThrow(/frame "client.subscribe": session_id: may hold letters/);
  });

  it.each(["", "{", "null", "[]", "42", '"text"', "{}", '{"type":7}', '{"type":"later"}', '{"type":"__proto__"}'])("refuses %j", (text) => {
    for (const schema of [clientFrameSchema, runtimeFrameSchema]) {
      try {
        decodeFrame(schema, text);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toBe("INVALID_INPUT");
      }
    }
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, "1"])("refuses %j as a position", (after_seq) => {
    const text = JSON.stringify({ type: "client.subscribe", session_id: "s1", after_seq });
    expect(() => decodeFrame(clientFrameSchema, text)).toThrow(AppError);
  });

  it("refuses an event that only the hub may write", () => {
    const events = [{ type: "message.posted", message_id: "m", content: "x", by: { id: "a", name: "a" } }];
    const text = JSON.stringify({ type: "events", session_id: "s1", stream: "a", from: 1, events });
    expect(() => decodeFrame(runtimeFrameSchema, text)).toThrow(AppError);
  });
});

it("counts bytes, not characters", () => {
  expect(byteLength("aé€😀")).toBe(10);
});

it("has one row for every error code", () => {
  expect(Object.keys(ERRORS).sort()).toEqual([...errorCodeSchema.options].sort());
});

it("gives every close code its own number", () => {
  const codes = Object.values(CLOSE).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

it("dials again after cuts of the network and never with credentials that were refused", () => {
  expect(mayReconnect(1006)).toBe(true);
  expect(mayReconnect(CLOSE.GoingAway.code)).toBe(true);
  expect(mayReconnect(CLOSE.Unauthenticated.code)).toBe(false);
  expect(mayReconnect(CLOSE.Superseded.code)).toBe(false);
});

it("finds the highest version in common", () => {
  expect(commonVersion([PROTOCOL_VERSION, PROTOCOL_VERSION + 9])).toBe(PROTOCOL_VERSION);
  expect(commonVersion([PROTOCOL_VERSION + 9])).toBeUndefined();
});
