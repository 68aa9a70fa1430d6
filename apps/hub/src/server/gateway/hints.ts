/** Tells a client that a list changed: at once, then at most a few times a second, however often it changes. */
import type { HubToClientFrame } from "@fairlead/protocol";

type HintFrame = Extract<HubToClientFrame, { type: "hint" }>;
type Topic = HintFrame["topic"];

export interface Hints {
  note(topic: Topic, id?: string): void;
  stop(): void;
}

/** `gapMs`: the least time between two hints of one topic. Changes in between become one hint; it names an id only if there was one. */
export function createHints(send: (frame: HintFrame) => void, gapMs: number): Hints {
  const timers = new Map<Topic, NodeJS.Timeout>();
  const noted = new Map<Topic, Set<string | undefined>>();

  function flush(topic: Topic): void {
    timers.delete(topic);
    const ids = noted.get(topic);
    if (ids === undefined) return;
    noted.delete(topic);
    const [only] = ids.size === 1 ? ids : [];
    send(only === undefined ? { type: "hint", topic } : { type: "hint", topic, id: only });
    timers.set(
      topic,
      setTimeout(() => flush(topic), gapMs),
    );
  }

  return {
    note(topic, id) {
      const ids = noted.get(topic) ?? new Set();
      noted.set(topic, ids.add(ids.size < 2 ? id : undefined));
      if (!timers.has(topic)) flush(topic);
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      noted.clear();
    },
  };
}
