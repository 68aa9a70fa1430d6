/** Which terminal's bytes leave next: little waits in the socket, and all viewers take turns, so that a flood delays nobody's key. */
import { type FrameMemory, TERMINAL_HEADER_BYTES } from "@fairlead/protocol";

/** Terminal bytes handed to the socket that the operating system has not taken; above it nothing more is handed over. */
const SOCKET_FULL = 64 * 1024;
/** What one viewer may send in its turn while others wait (bytes). */
const TURN = 16 * 1024;
/** What a viewer may send when it is alone (bytes). */
const ALONE = 64 * 1024;
const FRAME = TERMINAL_HEADER_BYTES + ALONE;
/** A viewer with no more than this to send goes first: the echo of a key (bytes). */
const LITTLE = 4 * 1024;
/** One that sent more than this (bytes) floods; its next bytes wait a moment (ms) for more, until they fill a frame. */
const MUCH = 2 * 1024;
const JOIN_MS = 1;
/** Memory of frames that have left, kept for the next ones of a flood: otherwise it would all be garbage. */
const MOST_SPARE = 4;
/** So many of those may go before one with more has its turn. */
const LITTLE_FIRST = 8;

/** A viewer as this sees it. */
export interface Speaker {
  /** Payload bytes that may leave now. */
  waiting(): number;
  /** The next frame with at most `most` payload bytes; undefined: nothing may leave now. */
  pull(most: number, memory?: FrameMemory): Uint8Array | undefined;
}

/** Hands one binary frame to the socket; `done` is called when the operating system has it. */
export type SendFrame = (frame: Uint8Array, done: () => void) => void;

export interface TerminalTurns {
  /** A connection is up. */
  attach(send: SendFrame): void;
  detach(): void;
  /** The speaker has something: it leaves at once if there is room, unless it sent in this turn of the event loop already. */
  ready(speaker: Speaker): void;
  remove(speaker: Speaker): void;
}

export function createTerminalTurns(): TerminalTurns {
  const waiting = new Set<Speaker>();
  /** Who sent in this turn of the event loop: what more they have is joined into larger frames. */
  const sent = new Set<Speaker>();
  /** Who floods, and waits until there is enough to fill a frame. */
  const resting = new Set<Speaker>();
  const spares: ArrayBuffer[] = [];
  let rest: NodeJS.Timeout | undefined;
  let send: SendFrame | undefined;
  let unsent = 0;
  let littleInARow = 0;
  let joining: NodeJS.Immediate | undefined;

  function memory(size: number): Uint8Array {
    if (size <= MUCH || size > FRAME) return new Uint8Array(size);
    return new Uint8Array(spares.pop() ?? new ArrayBuffer(FRAME), 0, size);
  }

  function spare({ buffer }: Uint8Array): void {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === FRAME && spares.length < MOST_SPARE) spares.push(buffer);
  }

  /** The next in turn: a Set keeps the order in which they came, and who had a turn goes to its end. */
  function choose(): Speaker | undefined {
    let first: Speaker | undefined;
    for (const speaker of waiting) {
      first ??= speaker;
      if (littleInARow >= LITTLE_FIRST) break;
      if (speaker.waiting() <= LITTLE) {
        littleInARow += 1;
        return speaker;
      }
    }
    littleInARow = 0;
    return first;
  }

  function speak(speaker: Speaker, target: SendFrame): boolean {
    const most = waiting.size > 1 ? TURN : ALONE;
    const frame = speaker.pull(most, memory);
    waiting.delete(speaker);
    if (frame === undefined) return false;
    if (frame.length > MUCH && speaker.waiting() < most) {
      resting.add(speaker);
      rest ??= setTimeout(wake, JOIN_MS);
    } else {
      waiting.add(speaker);
      sent.add(speaker);
    }
    unsent += frame.length;
    target(frame, () => {
      spare(frame);
      if (send !== target) return;
      unsent -= frame.length;
      if (waiting.size > 0) joinSoon();
    });
    return true;
  }

  function pump(): void {
    while (send !== undefined && unsent < SOCKET_FULL) {
      const speaker = choose();
      if (speaker === undefined) break;
      speak(speaker, send);
    }
    // Who spoke just now has spoken in this turn of the event loop, not in all that follow.
    if (sent.size > 0) joinSoon();
  }

  function wake(): void {
    rest = undefined;
    for (const speaker of resting) waiting.add(speaker);
    resting.clear();
    pump();
  }

  function joinSoon(): void {
    joining ??= setImmediate(() => {
      joining = undefined;
      sent.clear();
      pump();
    });
  }

  return {
    attach(target) {
      send = target;
      unsent = 0;
    },
    detach() {
      send = undefined;
      for (const speakers of [waiting, sent, resting]) speakers.clear();
      clearImmediate(joining);
      clearTimeout(rest);
      joining = undefined;
      rest = undefined;
    },
    ready(speaker) {
      if (send === undefined || (resting.has(speaker) && speaker.waiting() < ALONE)) return;
      resting.delete(speaker);
      waiting.add(speaker);
      if (sent.has(speaker) || unsent >= SOCKET_FULL) {
        joinSoon();
        return;
      }
      while (send !== undefined && unsent < SOCKET_FULL && speak(speaker, send) && speaker.waiting() > 0 && speaker.waiting() <= LITTLE);
      if (waiting.size > 0) joinSoon();
    },
    remove(speaker) {
      waiting.delete(speaker);
      sent.delete(speaker);
      resting.delete(speaker);
    },
  };
}
