/** An agent's bytes → message deltas: decoded, made safe and cut to what one event may hold. Shared by the adapters. */
import { MAX_DELTA_CHARS, type MessageKind } from "@fairlead/protocol";
import { createTextDecoder, splitText } from "../process/text.ts";
import type { OpenSession } from "./contract.ts";

export type Emit = OpenSession["emit"];

/** Emits a text as one or more deltas; false when the reader must pause. */
export function emitText(emit: Emit, kind: MessageKind, text: string): boolean {
  let mayGoOn = true;
  for (const piece of splitText(text, MAX_DELTA_CHARS)) mayGoOn = emit({ type: "message.delta", kind, text: piece }) && mayGoOn;
  return mayGoOn;
}

export interface Speech {
  /** Takes a chunk cut anywhere; false when the reader must pause. */
  write(chunk: Buffer): boolean;
  /** Emits what an unfinished character left. */
  end(): void;
}

/** Turns one byte stream into deltas of one kind. `onText` sees the decoded text too. */
export function createSpeech(kind: MessageKind, emit: Emit, onText?: (text: string) => void): Speech {
  const decoder = createTextDecoder();
  const say = (text: string) => {
    if (text === "") return true;
    onText?.(text);
    return emitText(emit, kind, text);
  };
  return { write: (chunk) => say(decoder.write(chunk)), end: () => void say(decoder.end()) };
}
