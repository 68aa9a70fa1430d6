/** The newest events of one session, so that viewers who come back or lag a little do not reach the database. */
import type { EventRange } from "./wire.ts";

export interface RecentEvents {
  /** Takes the next range; one that does not follow directly makes it forget the older ones. */
  push(range: EventRange): void;
  /** Events from `after` + 1 on, up to about `maxBytes` (at least one); undefined when that event is not held. */
  after(after: number, maxBytes: number): EventRange | undefined;
}

/** Holds at most about `maxEvents` events and `maxBytes` characters of JSON. */
export function createRecentEvents(maxEvents: number, maxBytes: number): RecentEvents {
  let first = 1;
  let texts: string[] = [];
  let held = 0;

  function trim(): void {
    let drop = 0;
    while (drop < texts.length && (texts.length - drop > maxEvents || held > maxBytes)) {
      held -= texts[drop]?.length ?? 0;
      drop += 1;
    }
    if (drop === 0) return;
    texts = texts.slice(drop);
    first += drop;
  }

  return {
    push(range) {
      const next = first + texts.length;
      // Ranges that the log merged hold fewer events than numbers; they cannot be cut by number, so they are not held.
      const whole = range.events.length === range.to - range.from + 1;
      if (range.to < next && texts.length > 0) return;
      if (range.from !== next || !whole) {
        texts = [];
        held = 0;
        first = whole ? range.from : range.to + 1;
      }
      if (!whole) return;
      for (const text of range.events) {
        texts.push(text);
        held += text.length;
      }
      trim();
    },
    after(after, limit) {
      const start = after + 1 - first;
      if (start < 0 || start >= texts.length) return undefined;
      let end = start;
      let bytes = 0;
      while (end < texts.length && (end === start || bytes + (texts[end]?.length ?? 0) <= limit)) {
        bytes += texts[end]?.length ?? 0;
        end += 1;
      }
      return { from: after + 1, to: first + end - 1, events: texts.slice(start, end) };
    },
  };
}
