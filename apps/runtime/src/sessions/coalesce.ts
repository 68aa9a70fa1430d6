/** Joins consecutive pieces of output: the first ones of a burst leave at once, a flood leaves in large pieces. */
import { MAX_DELTA_CHARS } from "@fairlead/protocol";

/** A burst's window (ms): what comes later than this after the window began opens a new one. Also the longest wait of a piece. */
const WINDOW_MS = 2;
/** What leaves at once within one window (UTF-16 units); the rest is joined. */
const AT_ONCE = 4 * 1024;

/** Pieces are joined only with pieces of the same stream. */
export interface Coalescer<S> {
  push(stream: S, text: string): void;
  /** Sends what waits. Must be called before anything else is recorded, so that the order stays as it was. */
  flush(): void;
}

/** `send` gets pieces of 1 to 65536 UTF-16 units, in order, never cut inside a surrogate pair. */
export function createCoalescer<S>(send: (stream: S, text: string) => void, isSame: (a: S, b: S) => boolean = Object.is): Coalescer<S> {
  let windowStart = Number.NEGATIVE_INFINITY;
  let sent = 0;
  let waiting = "";
  let waitingStream: S | undefined;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    if (waiting === "" || waitingStream === undefined) return;
    const text = waiting;
    waiting = "";
    sendPieces(waitingStream, text);
  }

  function sendPieces(stream: S, text: string): void {
    for (let rest = text; rest !== ""; ) {
      const end = pieceEnd(rest);
      send(stream, rest.slice(0, end));
      rest = rest.slice(end);
    }
  }

  return {
    flush,
    push(stream, text) {
      if (text === "") return;
      if (waiting !== "" && waitingStream !== undefined && !isSame(stream, waitingStream)) flush();
      if (waiting === "") {
        const now = performance.now();
        if (now - windowStart >= WINDOW_MS) {
          windowStart = now;
          sent = 0;
        }
        if (sent === 0 || sent + text.length <= AT_ONCE) {
          sent += text.length;
          sendPieces(stream, text);
          return;
        }
      }
      waitingStream = stream;
      waiting += text;
      while (waiting.length >= MAX_DELTA_CHARS) {
        const end = pieceEnd(waiting);
        const piece = waiting.slice(0, end);
        waiting = waiting.slice(end);
        send(stream, piece);
      }
      if (waiting !== "") timer ??= setTimeout(flush, WINDOW_MS);
    },
  };
}

/** Where the first piece of a text ends. */
function pieceEnd(text: string): number {
  return text.length <= MAX_DELTA_CHARS ? text.length : wholeEnd(text, MAX_DELTA_CHARS);
}

/** The largest cut at or below `at` that splits no surrogate pair. */
function wholeEnd(text: string, at: number): number {
  const last = text.charCodeAt(at - 1);
  return at < text.length && last >= 0xd800 && last <= 0xdbff ? at - 1 : at;
}
