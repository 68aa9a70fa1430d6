/** The terminals this tab has open, drawn or not: going from one to another and back loses neither screen nor history nor bell. */
"use client";
import { type Client, createStore } from "@fairlead/client";
import { ring, takeBack } from "./ring.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Terminals kept while they are not shown; the one that was shown longest ago is let go. Its program runs on. */
const MOST_KEPT = 12;

const screens = new Map<string, Screen>();
/** Changes with every screen that comes or goes. */
export const screenCount = createStore(0);

export type Notice =
  | { readonly kind: "watching" | "full" }
  | { readonly kind: "dropped"; readonly bytes: number }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "copied"; readonly text: string | undefined };

interface Listener {
  notice(notice: Notice): void;
}
const listeners = new Map<string, Listener>();

/** The screen of a session, made if there is none. */
export function screenOf(hub: Client, sessionId: string): Screen {
  const known = screens.get(sessionId);
  if (known !== undefined) {
    screens.delete(sessionId);
    screens.set(sessionId, known);
    return known;
  }
  const screen = createScreen(hub, sessionId, {
    refused: (kind) => listeners.get(sessionId)?.notice({ kind }),
    dropped: (bytes) => listeners.get(sessionId)?.notice({ kind: "dropped", bytes }),
    copied: (text) => listeners.get(sessionId)?.notice({ kind: "copied", text }),
    confirmPaste: (text) => listeners.get(sessionId)?.notice({ kind: "paste", text }),
    bell: () => ring(sessionId, screen.facts.get().title),
    heard: () => takeBack(sessionId),
  });
  screens.set(sessionId, screen);
  screenCount.set(screenCount.get() + 1);
  const hidden = [...screens.values()].filter(({ element }) => !element.isConnected);
  for (const old of hidden.slice(0, Math.max(0, screens.size - MOST_KEPT))) if (old !== screen) closeScreen(old.sessionId);
  return screen;
}

/** The screen of a session if there is one. */
export function knownScreen(sessionId: string): Screen | undefined {
  return screens.get(sessionId);
}

export function closeScreen(sessionId: string): void {
  screens.get(sessionId)?.dispose();
  if (screens.delete(sessionId)) screenCount.set(screenCount.get() + 1);
}

/** What a pane is told about its terminal until the returned function is called. */
export function onNotice(sessionId: string, notice: (notice: Notice) => void): () => void {
  const listener = { notice };
  listeners.set(sessionId, listener);
  return () => {
    if (listeners.get(sessionId) === listener) listeners.delete(sessionId);
  };
}
