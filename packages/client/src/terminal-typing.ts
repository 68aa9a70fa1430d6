/** The writing half of a view: keys and the wished size, sent only while the view holds the terminal, and again where they got lost. */
import { encodeTerminalSize, type TerminalSize } from "@fairlead/protocol";
import { createInputQueue } from "./terminal-input.ts";
import { sameSize } from "./terminal-status.ts";

/** The longest pause between two repetitions of input (ms). */
const LONGEST_REPEAT = 60_000;
/** Keys that waited longer (ms) when the view took the terminal over were meant for a screen that may be another one by now. */
const OLD = 5_000;

/** Keys that are typed only on a further word. */
export interface Aside {
  readonly bytes: number;
  /** When they began to wait (this device's clock, ms). */
  readonly since: number;
}

export interface TypingOptions {
  /** How long typed bytes may lie there untaken before they are sent again (ms); doubled each time. */
  readonly patience: number;
  send(kind: "input" | "resize", position: number, payload: Uint8Array): void;
  /** The size the terminal has; null: not known. */
  size(): TerminalSize | null;
}

export interface Typing {
  /** Bytes that the program was not given yet. */
  readonly waiting: number;
  /** What was typed long before this view took the terminal over; null: nothing. */
  readonly aside: Aside | null;
  /** False when there is no room. */
  write(bytes: Uint8Array): boolean;
  resize(size: TerminalSize): void;
  /** A new attachment, on which the runtime stands at this position of the input. It does not hold the terminal yet. */
  resume(taken: number): void;
  taken(position: number): void;
  /** Whether this attachment holds the terminal; `taken_over`: because somebody asked for it, and not because it always did. */
  grant(holds: boolean, taken_over: boolean): void;
  /** Types what was set aside, or forgets it. */
  settle(act: "type" | "drop"): void;
  /** The attachment is gone. */
  stop(): void;
  /** What waits was meant for a program that has ended. */
  drop(): void;
}

export function createTyping({ patience, send, size }: TypingOptions): Typing {
  const queue = createInputQueue();
  let granted = false;
  let wanted: TerminalSize | undefined;
  /** The size that was asked for last while this attachment holds the terminal. */
  let asked: TerminalSize | undefined;
  let repeatAt: ReturnType<typeof setTimeout> | undefined;
  let pause = patience;
  /** Since when something waits (ms). */
  let since = 0;
  let aside: { readonly pieces: readonly Uint8Array[]; readonly since: number } | undefined;

  const flush = () => {
    const piece = granted ? queue.unsent() : undefined;
    if (piece === undefined) return;
    send("input", piece.position, piece.bytes);
    watch();
  };
  /** A hub that changed the holder there and back in one moment may have ignored keys that nobody would send again. */
  const watch = () => {
    repeatAt ??= setTimeout(() => {
      repeatAt = undefined;
      if (!granted || queue.waiting === 0) return;
      pause = Math.min(LONGEST_REPEAT, pause * 2);
      queue.repeat();
      flush();
    }, pause);
  };
  const rest = () => {
    clearTimeout(repeatAt);
    repeatAt = undefined;
    pause = patience;
  };
  const askSize = () => {
    if (!granted || wanted === undefined || sameSize(wanted, asked ?? size())) return;
    asked = wanted;
    send("resize", 0, encodeTerminalSize(wanted));
  };

  const write = (bytes: Uint8Array) => {
    if (queue.waiting === 0) since = Date.now();
    if (!queue.push(bytes)) return false;
    flush();
    return true;
  };

  return {
    get waiting() {
      return queue.waiting;
    },
    get aside() {
      return aside === undefined ? null : { bytes: aside.pieces.reduce((sum, { length }) => sum + length, 0), since: aside.since };
    },
    write,
    resize(next) {
      wanted = next;
      askSize();
    },
    resume: (taken) => queue.resume(taken),
    taken(position) {
      queue.taken(position);
      since = Date.now();
      rest();
      if (queue.waiting > 0) watch();
    },
    grant(holds, taken_over) {
      const gained = holds && !granted;
      granted = holds;
      if (!gained) return;
      asked = undefined;
      askSize();
      queue.repeat();
      if (taken_over && queue.waiting > 0 && Date.now() - since > OLD) {
        aside = { pieces: [...(aside?.pieces ?? []), queue.withdraw()], since: aside?.since ?? since };
      }
      flush();
    },
    settle(act) {
      if (aside === undefined) return;
      // What there is no room for stays aside.
      const refused = act === "drop" ? -1 : aside.pieces.findIndex((piece) => !write(piece));
      aside = refused === -1 ? undefined : { ...aside, pieces: aside.pieces.slice(refused) };
    },
    stop() {
      rest();
      granted = false;
    },
    drop() {
      queue.drop();
      aside = undefined;
    },
  };
}
