/** From keys to the hub: sticky modifiers of the key bar, pastes larger than what may wait at once, and what is never typed silently. */
import { createStore, type Store, type Terminal } from "@fairlead/client";

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
}

export interface ScreenTyping {
  /** Ctrl and Alt of the key bar: they hold for the next key. */
  readonly modifiers: Store<Modifiers>;
  /** Bytes that wait here until there is room at the client. */
  readonly held: () => number;
  text(data: string): void;
  bytes(data: Uint8Array): void;
  /** Sends what there is room for, and drops what was meant for a program that is gone: to be called at every change of the terminal. */
  drain(): void;
  drop(): void;
  /** Types what was set aside at taking over, and what waits behind it here, or drops both. */
  settle(act: "type" | "drop"): void;
}

export interface TypingEvents {
  /** Something was typed that will never reach the program. */
  refused(why: "watching" | "full"): void;
  /** So many bytes waited here for a program that is gone. */
  dropped(bytes: number): void;
}

const NONE: Modifiers = { ctrl: false, alt: false };
/** A paste larger than this is refused (bytes). */
export const MAX_HELD_BYTES = 8 * 1024 * 1024;
const PIECE = 16 * 1024;
/** Behind Escape, what no key sends: the terminal's answers, what it tells of its focus, and the mouse. */
const ANSWER = /^(?:[\]P_^].|\[(?:[IO]$|M|<[\d;]+[Mm]|[?>=]?[\d;]*\$?[Rcnty]))/;

export function createScreenTyping(terminal: () => Terminal, events: TypingEvents): ScreenTyping {
  const modifiers = createStore<Modifiers>(NONE);
  let held: Uint8Array[] = [];
  let size = 0;
  /** The run of the program that what waits here is meant for. */
  let program: string | null = null;
  let writing = false;

  const drain = () => {
    const { state, terminal_id } = terminal().status.get();
    const lost = state === "ended" || terminal_id !== program ? size : 0;
    program = terminal_id;
    if (lost > 0) {
      drop();
      events.dropped(lost);
    }
    // Every write changes the terminal, which calls this again before the write has returned.
    // What was set aside comes first, if it comes at all.
    if (writing || terminal().status.get().aside !== null) return;
    writing = true;
    for (let first = held[0]; first !== undefined; first = held[0]) {
      const piece = first.subarray(0, PIECE);
      if (!terminal().write(piece)) break;
      size -= piece.length;
      if (piece.length === first.length) held.shift();
      else held[0] = first.subarray(piece.length);
    }
    writing = false;
  };
  const drop = () => {
    held = [];
    size = 0;
  };
  const push = (data: Uint8Array) => {
    drain();
    const { holds, state, aside } = terminal().status.get();
    // What waits here belongs to what was set aside: until there is a word on both, what is typed now goes ahead of them.
    if ((held.length === 0 || aside !== null) && terminal().write(data)) return;
    if (!holds || state === "ended") return events.refused("watching");
    if (size + data.length > MAX_HELD_BYTES) return events.refused("full");
    held.push(data);
    size += data.length;
    drain();
  };

  return {
    modifiers,
    held: () => size,
    text(data) {
      if (data.startsWith("\x1b") && ANSWER.test(data.slice(1))) return push(new TextEncoder().encode(data));
      const pressed = modifiers.get();
      const whole = pressed === NONE ? data : withModifiers(data, pressed);
      modifiers.set(NONE);
      push(new TextEncoder().encode(whole));
    },
    bytes: push,
    drain,
    drop,
    settle(act) {
      if (act === "drop") drop();
      terminal().settle(act);
    },
  };
}

/** What a key sends with Ctrl or Alt held. A text of several characters (a paste, a word of a screen keyboard) is left alone. */
export function withModifiers(data: string, { ctrl, alt }: Modifiers): string {
  const arrow = data.startsWith("\x1b") ? /^[[O]([A-DFH])$/.exec(data.slice(1))?.[1] : undefined;
  if (arrow !== undefined && (ctrl || alt)) return `\x1b[1;${1 + (alt ? 2 : 0) + (ctrl ? 4 : 0)}${arrow}`;
  if ([...data].length !== 1) return data;
  return `${alt ? "\x1b" : ""}${ctrl ? controlOf(data) : data}`;
}

function controlOf(key: string): string {
  if (key === " " || key === "2") return "\0";
  if (key === "?") return "\x7f";
  const code = key.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : key;
}

/** A pasted text without what could end the paste and press keys. */
export function safePaste(text: string): string {
  return text.replaceAll("\x1b", "␛");
}
