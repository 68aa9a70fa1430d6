/** What somebody began to write in a session and has not sent: survives a reload. */
import { type KeyValueStorage, keysOf } from "./storage.ts";

export interface Drafts {
  get(sessionId: string): string;
  /** Remembers the text; an empty one is forgotten. */
  set(sessionId: string, text: string): void;
}

const PREFIX = "fairlead.draft.";
/** Drafts kept; one more forgets the oldest. */
const MOST_DRAFTS = 200;

export function createDrafts(storage: KeyValueStorage): Drafts {
  const read = (key: string): { text: string; at: number } => {
    try {
      const value: unknown = JSON.parse(storage.getItem(key) ?? "null");
      const draft = value as { text?: unknown; at?: unknown } | null;
      return { text: typeof draft?.text === "string" ? draft.text : "", at: typeof draft?.at === "number" ? draft.at : 0 };
    } catch {
      return { text: "", at: 0 };
    }
  };
  const forgetOldest = () => {
    const keys = keysOf(storage, PREFIX);
    if (keys.length < MOST_DRAFTS) return;
    const oldest = keys.map((key) => ({ key, at: read(key).at })).sort((a, b) => a.at - b.at);
    for (const { key } of oldest.slice(0, keys.length - MOST_DRAFTS + 1)) storage.removeItem(key);
  };
  return {
    get: (sessionId) => read(PREFIX + sessionId).text,
    set(sessionId, text) {
      const key = PREFIX + sessionId;
      if (text === "") return storage.removeItem(key);
      try {
        if (storage.getItem(key) === null) forgetOldest();
        storage.setItem(key, JSON.stringify({ text, at: Date.now() }));
      } catch {
        // A full storage costs the draft's survival of a reload, not what stands on the screen.
        storage.removeItem(key);
      }
    },
  };
}
