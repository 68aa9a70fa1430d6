/** One session, opened while its screen is shown. */
"use client";
import { createStore, emptyView, type LiveSession, type LiveSessionState, openSession } from "@fairlead/client";
import { useEffect, useState } from "react";
import { useHub } from "./use-hub.tsx";
import { useStore } from "./use-store.ts";

const OPENING = createStore<LiveSessionState>({
  phase: "loading",
  error: null,
  view: emptyView(),
  outgoing: [],
  has_older: false,
  loading_older: false,
  caught_up: false,
});

export function useLiveSession(sessionId: string): { readonly live: LiveSession | null; readonly state: LiveSessionState } {
  const hub = useHub();
  const [live, setLive] = useState<LiveSession | null>(null);
  useEffect(() => {
    const session = openSession(hub, sessionId);
    setLive(session);
    return () => {
      session.close();
      setLive(null);
    };
  }, [hub, sessionId]);
  return { live, state: useStore(live?.store ?? OPENING) };
}
