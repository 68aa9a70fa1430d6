/** The name of this tab's view of a terminal: it survives a reload, so that keys are counted on where they stopped. */
import { defaultTabStorage, newId } from "@fairlead/client";

const keyOf = (sessionId: string) => `fairlead.viewer.${sessionId}`;

export function viewerIdOf(sessionId: string): string {
  return defaultTabStorage().getItem(keyOf(sessionId)) ?? renewViewerId(sessionId);
}

/** Another name: a copied tab has the same one as its original, and only one of them can have the terminal. */
export function renewViewerId(sessionId: string): string {
  const id = newId();
  defaultTabStorage().setItem(keyOf(sessionId), id);
  return id;
}
