/** Recognises a program's prompt at the end of what it has said, on either of its streams. */
import { stripVTControlCharacters } from "node:util";

/** A prompt is looked for in this many last characters of a stream. */
const TAIL_CHARS = 1_024;

export interface Prompt {
  see(stream: string, text: string): void;
  isShown(): boolean;
  /** From now on only new output counts. */
  forget(): void;
}

/** `pattern` is matched against the very end of the output, without its colours. */
export function createPrompt(pattern: string): Prompt {
  const expression = new RegExp(`(?:${pattern})$`);
  const tails = new Map<string, string>();
  return {
    see(stream, text) {
      tails.set(stream, ((tails.get(stream) ?? "") + text).slice(-TAIL_CHARS));
    },
    isShown: () => [...tails.values()].some((tail) => tail !== "" && expression.test(stripVTControlCharacters(tail))),
    forget: () => tails.clear(),
  };
}
