/** What is typed into a terminal: each byte of each viewer is given to the program once, in order, at the program's own pace. */

/** Viewers whose position is remembered; the one that typed least recently is forgotten first. */
const REMEMBERED = 64;
/** Input that waits for the program (bytes). What comes beyond it is not taken. */
export const MOST_WAITING = 1024 * 1024;

export interface KeysOptions {
  /** Gives bytes to the program; tells how many it took. */
  readonly write: (bytes: Uint8Array) => number;
  /** The program was given all input of this viewer before `position`. */
  readonly onTaken: (viewerId: string, position: number) => void;
  /** A part of new input that counts as taken and is not given to the program; undefined: all is. */
  readonly without: (viewerId: string, bytes: Uint8Array) => { readonly start: number; readonly end: number } | undefined;
}

export interface Keys {
  /** Takes input of a viewer whose first byte has this position; what was taken before is skipped, what skips bytes ignored. */
  take(viewerId: string, position: number, bytes: Uint8Array): void;
  /** Takes input of nobody's view; false: too much waits already. */
  type(bytes: Uint8Array): boolean;
  /** How much of this viewer's input need not be sent again: the program was given it, or will be. */
  taken(viewerId: string): number;
  /** The program may take more. */
  drained(): void;
  /** Nothing can be given any more. */
  end(): void;
}

interface Typist {
  /** Taken into the queue, and given to the program. */
  accepted: number;
  given: number;
}

interface Waiting {
  readonly viewerId: string | undefined;
  bytes: Uint8Array;
  /** It only counts. */
  readonly isLeftOut: boolean;
}

export function createKeys({ write, onTaken, without }: KeysOptions): Keys {
  const typists = new Map<string, Typist>();
  let queue: Waiting[] = [];
  let waiting = 0;

  function typist(viewerId: string): Typist {
    const known = typists.get(viewerId) ?? { accepted: 0, given: 0 };
    typists.delete(viewerId);
    typists.set(viewerId, known);
    if (typists.size > REMEMBERED) {
      const [oldest] = typists.keys();
      if (oldest !== undefined) typists.delete(oldest);
    }
    return known;
  }

  function tell(viewerId: string | undefined, count: number): void {
    const known = viewerId === undefined ? undefined : typists.get(viewerId);
    if (viewerId === undefined || known === undefined) return;
    known.given += count;
    onTaken(viewerId, known.given);
  }

  function pump(): void {
    let done = 0;
    for (const entry of queue) {
      const count = entry.isLeftOut ? entry.bytes.length : write(entry.bytes);
      waiting -= count;
      if (count > 0) tell(entry.viewerId, count);
      if (count < entry.bytes.length) {
        entry.bytes = entry.bytes.subarray(count);
        break;
      }
      done += 1;
    }
    if (done > 0) queue = queue.slice(done);
  }

  function enqueueInput(viewerId: string, bytes: Uint8Array): void {
    const part = without(viewerId, bytes);
    if (part === undefined) {
      enqueue(viewerId, bytes);
      return;
    }
    enqueue(viewerId, bytes.subarray(0, part.start));
    enqueue(viewerId, bytes.subarray(part.start, part.end), true);
    enqueueInput(viewerId, bytes.subarray(part.end));
  }

  function enqueue(viewerId: string | undefined, bytes: Uint8Array, isLeftOut = false): void {
    if (bytes.length === 0) return;
    queue.push({ viewerId, bytes, isLeftOut });
    waiting += bytes.length;
    if (queue.length === 1) pump();
  }

  return {
    take(viewerId, position, bytes) {
      const known = typist(viewerId);
      const fresh = known.accepted - position;
      const room = waiting + bytes.length - Math.max(0, fresh) <= MOST_WAITING;
      if (fresh >= 0 && fresh < bytes.length && room) {
        // A frame's bytes are the socket's; what waits must be our own.
        const own = Uint8Array.prototype.slice.call(bytes, fresh);
        known.accepted += own.length;
        enqueueInput(viewerId, own);
      } else onTaken(viewerId, known.given);
    },
    type(bytes) {
      if (waiting + bytes.length > MOST_WAITING) return false;
      enqueue(undefined, bytes);
      return true;
    },
    taken: (viewerId) => typists.get(viewerId)?.accepted ?? 0,
    drained: pump,
    end() {
      queue = [];
      waiting = 0;
    },
  };
}
