/** Frames as bytes: a range is turned into a WebSocket frame once and the same bytes are written to every viewer. */
import type { HubToClientFrame, HubToRuntimeFrame } from "@fairlead/protocol";

export type HubFrame = HubToClientFrame | HubToRuntimeFrame;

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;

/** A whole unmasked text frame (RFC 6455 §5.2): header and UTF-8 payload in one buffer. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const { frame, start } = begin(FINAL_TEXT, length, length);
  frame.write(text, start);
  return frame;
}

/** What goes before the payload of an unmasked binary frame. */
export function binaryHeader(length: number): Buffer {
  return begin(FINAL_BINARY, length, 0).frame;
}

/** A frame's header for `length` bytes of payload, with room for `room` of them from `start` on. */
function begin(first: number, length: number, room: number): { readonly frame: Buffer; readonly start: number } {
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + room);
  frame[0] = first;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  return { frame, start };
}

/** The events `from`..`to` of a session, each as JSON text, not yet a frame. */
export interface EventRange {
  readonly from: number;
  readonly to: number;
  readonly events: readonly string[];
}

/** A range as the bytes that go to a viewer. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

/** Joins the stored JSON texts into a `range` frame without parsing them. */
export function rangePiece(sessionId: string, head: number, range: EventRange): Piece {
  const { from, to, events } = range;
  const start = `{"type":"range","session_id":${JSON.stringify(sessionId)},"from":${from},"to":${to},"head":${Math.max(head, to)},"events":[`;
  return { from, to, bytes: textFrame(`${start}${events.join(",")}]}`) };
}
