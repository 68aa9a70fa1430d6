/** Recognises a program's prompt at the end of what it has said, on either of its streams. */
import { stripVTControlCharacters } from "node:util";
import { type Context, createContext, Script } from "node:vm";

/** A prompt is looked for in this many last characters of a stream. */
const TAIL_CHARS = 1_024;
/** How long (ms) one look may take. A pattern can need longer than the universe lasts, and nothing else runs meanwhile. */
const LOOK_LIMIT_MS = 50;

export interface Prompt {
  see(stream: string, text: string): void;
  isShown(): boolean;
  /** From now on only new output counts. */
  forget(): void;
}

/**
 * `pattern` is matched against the very end of the output, without its colours. One that takes too long is never asked again;
 * `onTooSlow` hears of it once, and the prompt counts as not shown from then on.
 */
export function createPrompt(pattern: string, onTooSlow: () => void = () => undefined): Prompt {
  const matches = createMatcher(`(?:${pattern})$`);
  const tails = new Map<string, string>();
  let shown: boolean | undefined = false;
  let isTooSlow = false;

  function look(): boolean {
    try {
      return [...tails.values()].some((tail) => tail !== "" && matches(stripVTControlCharacters(tail)));
    } catch {
      isTooSlow = true;
      onTooSlow();
      return false;
    }
  }
  return {
    see(stream, text) {
      tails.set(stream, ((tails.get(stream) ?? "") + text).slice(-TAIL_CHARS));
      shown = undefined;
    },
    isShown() {
      if (isTooSlow) return false;
      shown ??= look();
      return shown;
    },
    forget() {
      tails.clear();
      shown = false;
    },
  };
}

/** A script that can be interrupted; one for all patterns, since a context costs a megabyte. */
let watched: { readonly context: Context; readonly script: Script } | undefined;

/** The test of one text; it throws when it takes too long. */
function createMatcher(source: string): (text: string) => boolean {
  const expression = new RegExp(source);
  if (isHarmless(source)) return (text) => expression.test(text);
  watched ??= { context: createContext({}), script: new Script("expression.test(text)") };
  const { context, script } = watched;
  return (text) => script.runInContext(Object.assign(context, { expression, text }), { timeout: LOOK_LIMIT_MS }) === true;
}

/**
 * Whether the pattern cannot take long: at most one repetition, and of a single character. The watchdog, which costs a tenth
 * of a millisecond a look, is for the others.
 */
function isHarmless(source: string): boolean {
  const bare = source
    .replace(/\\./gs, "x")
    .replace(/\[[^\]]*\]/g, "x")
    .replace(/\(\?(?:[:=!]|<[=!])/g, "(");
  const repetitions = bare.match(/.?[*+?{]/gs) ?? [];
  return repetitions.length <= 1 && repetitions.every((found) => !found.startsWith(")")) && !/\\\d|\\k/.test(source);
}
