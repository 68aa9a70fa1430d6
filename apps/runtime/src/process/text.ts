/** Bytes → text that every store and screen can hold: no split characters, no NUL, no lone surrogates. */
import { StringDecoder } from "node:string_decoder";

const NUL = /\0/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

function withoutNul(text: string): string {
  return text.includes("\0") ? text.replace(NUL, "\u2400") : text;
}

/** Replaces what databases and JSON readers choke on: NUL by its picture, lone surrogates by U+FFFD. */
export function safeText(text: string): string {
  return withoutNul(text).replace(LONE_SURROGATE, "\ufffd");
}

export interface TextDecoderStream {
  /** The text that is complete so far; a character whose last bytes are missing waits for them. */
  write(bytes: Uint8Array): string;
  /** What was left: an unfinished character becomes U+FFFD. */
  end(): string;
}

/** A UTF-8 decoder for chunks cut anywhere. Invalid bytes become U+FFFD (so it never makes lone surrogates). */
export function createTextDecoder(): TextDecoderStream {
  const decoder = new StringDecoder("utf8");
  return {
    write: (bytes) => withoutNul(decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    end: () => withoutNul(decoder.end()),
  };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Cuts a text into pieces of at most `max` UTF-16 units (at least 2), never inside a character. */
export function* splitText(text: string, max: number): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const limit = Math.min(start + max, text.length);
    const end = limit < text.length && isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
    yield text.slice(start, end);
    start = end;
  }
}

/** The first `max` UTF-16 units of a text, with a mark where something was cut. */
export function clipText(text: string, max: number): string {
  if (text.length <= max) return text;
  const [head] = splitText(text, Math.max(2, max - 1));
  return `${head ?? ""}…`;
}
