/** Remembers parsed session states by their text, so that a hot session's state is parsed once and never trusted blindly. */
import { INITIAL_SESSION_STATE, type SessionState } from "@fairlead/protocol";

export interface StateCache {
  /** The state that a row's text stands for; from memory only if that very text is remembered. */
  parse(sessionId: string, text: string): SessionState;
  remember(sessionId: string, text: string, state: SessionState): void;
}

/** Keeps the most recently used `capacity` states. The text comes from the database each time, so another process's write shows. */
export function createStateCache(capacity: number): StateCache {
  const known = new Map<string, { readonly text: string; readonly state: SessionState }>();

  function remember(sessionId: string, text: string, state: SessionState): void {
    known.delete(sessionId);
    known.set(sessionId, { text, state });
    if (known.size <= capacity) return;
    const oldest = known.keys().next();
    if (oldest.done !== true) known.delete(oldest.value);
  }

  return {
    remember,
    parse(sessionId, text) {
      const entry = known.get(sessionId);
      const state = entry?.text === text ? entry.state : { ...INITIAL_SESSION_STATE, ...(JSON.parse(text) as Partial<SessionState>) };
      remember(sessionId, text, state);
      return state;
    },
  };
}
