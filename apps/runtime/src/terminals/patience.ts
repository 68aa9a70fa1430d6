/** Waits until a terminal's output, as text, matches a pattern: in bounded text and bounded time, whatever the pattern is. */
import { createContext, Script } from "node:vm";
import type { Ring } from "./ring.ts";

/** Output that is looked at (bytes): the newest. */
const LOOKED_AT = 64 * 1024;
/** Between two looks (ms), and how long one may take (ms). */
const EACH_MS = 25;
const LOOK_LIMIT_MS = 10;
/** A pattern that was not done in time so often is refused: once may be the machine's fault. */
const MOST_STRIKES = 8;
/** After a look nobody looks for so many times as long as it took: all waits together have a tenth of the time, keys and output the rest. */
const RESTS = 9;

export interface Waited {
  readonly outcome: "matched" | "timeout" | "closed";
  readonly match: string | null;
  /** How much the program had written by then. */
  readonly offset: number;
}

export interface WaitOptions {
  /** A regular expression. */
  readonly pattern: string;
  readonly ring: Pick<Ring, "start" | "end" | "slice">;
  /** Only output from this position on counts. */
  readonly from: number;
  /** Text that counts as well, before the output. */
  readonly before: string;
  /** ms. */
  readonly timeout: number;
  /** Calls back with each output and at the end, until the returned function is called. */
  readonly watch: (onOutput: () => void) => () => void;
  readonly hasEnded: () => boolean;
}

/** Who looks, one after the other, over all terminals of this process. */
const takeTurn = createTurns();

type Turn = "first" | "again";

/** Who never looked goes first: what is there already is found at once, however many others try again. */
function createTurns(): (look: () => void, turn: Turn) => void {
  const waiting: Record<Turn, (() => void)[]> = { first: [], again: [] };
  let resting: NodeJS.Timeout | undefined;

  function next(): void {
    resting = undefined;
    const look = waiting.first.shift() ?? waiting.again.shift();
    if (look === undefined) return;
    const began = performance.now();
    look();
    resting = setTimeout(next, RESTS * (performance.now() - began));
  }

  return (look, turn) => {
    waiting[turn].push(look);
    if (resting === undefined) next();
  };
}

/** Settles when the pattern is there, the program has ended or, after one look at least, the time is over. Rejects with an Error for people for a bad pattern. */
export function waitForText(options: WaitOptions): Promise<Waited> {
  const { ring, from } = options;
  const find = createFinder(options.pattern);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let seen = -1;
    let strikes = 0;
    let hasLooked = false;
    let isLate = false;
    let isOver = false;

    function settle(outcome: Waited["outcome"], match: string | null): void {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(limit);
      unwatch();
      resolve({ outcome, match, offset: ring.end() });
    }

    function lookSoon(): void {
      timer ??= setTimeout(() => takeTurn(look, "again"), EACH_MS);
    }

    function look(): void {
      timer = undefined;
      if (isOver) return;
      hasLooked = true;
      const end = ring.end();
      try {
        const found = end === seen ? null : find(options.before + plainText(newest(ring, from)));
        seen = end;
        strikes = 0;
        if (found !== null) settle("matched", found.slice(0, LOOKED_AT));
        else if (isLate || options.hasEnded()) expire();
      } catch {
        strike();
      }
    }

    function strike(): void {
      strikes += 1;
      if (isLate) expire();
      else if (strikes < MOST_STRIKES) lookSoon();
      else fail("The pattern takes too long on this output. Give a simpler one, e.g. without one repetition inside another.");
    }

    function expire(): void {
      settle(options.hasEnded() ? "closed" : "timeout", null);
    }

    function fail(reason: string): void {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(limit);
      unwatch();
      reject(new Error(reason));
    }

    const unwatch = options.watch(lookSoon);
    const limit = setTimeout(() => {
      isLate = true;
      if (hasLooked) expire();
    }, options.timeout);
    takeTurn(look, "first");
  });
}

/** Throws an Error for people for what is no regular expression; what it returns throws when the pattern takes too long. */
function createFinder(pattern: string): (text: string) => string | null {
  try {
    new RegExp(pattern, "m");
  } catch (error) {
    throw new Error(`The pattern is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
  // Only a script run with a limit can be stopped in the midst of a pattern that tries for ever.
  const world = createContext({ pattern, text: "" });
  const script = new Script("(new RegExp(pattern, 'm').exec(text) ?? [null])[0]");
  return (text) => {
    world.text = text;
    const found: unknown = script.runInContext(world, { timeout: LOOK_LIMIT_MS });
    return typeof found === "string" ? found : null;
  };
}

function newest(ring: WaitOptions["ring"], from: number): Buffer {
  const end = ring.end();
  const parts: Uint8Array[] = [];
  for (let at = Math.max(from, ring.start(), end - LOOKED_AT); at < end; ) {
    const part = ring.slice(at, end - at);
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}

const BEL = "\u0007";
const ESC = "\u001b";
/** Strings (OSC, DCS, …) up to their end, then control sequences, then the short ones. */
const SEQUENCES = new RegExp(
  [`${ESC}[\\]PX^_][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\|$)`, `${ESC}\\[[0-?]*[ -/]*(?:[@-~]|$)`, `${ESC}[ -/]*(?:[0-~]|$)`].join("|"),
  "g",
);
const CONTROLS = /[^\P{Cc}\n\t]/gu;

/** Output without its escape sequences and control characters; lines end in `\n`. */
export function plainText(output: Uint8Array): string {
  const text = new TextDecoder().decode(output).replace(SEQUENCES, "");
  return text.replace(/\r+\n/g, "\n").replace(CONTROLS, "");
}
