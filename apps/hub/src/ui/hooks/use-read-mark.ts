/** Tells the hub how far the person has read: only what was on a screen they looked at. */
"use client";
import type { Session } from "@fairlead/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useHub, useTRPC } from "./use-hub.tsx";
import { useVisible } from "./use-visible.ts";

/** Joins the marks of a stream into one (ms). */
const JOIN_MS = 600;

interface ReadMarkOptions {
  readonly sessionId: string;
  /** The newest event on the screen; 0: nothing to mark. */
  readonly seq: number;
  /** Whether the newest output is in view. */
  readonly atEnd: boolean;
}

export function useReadMark({ sessionId, seq, atEnd }: ReadMarkOptions): void {
  const hub = useHub();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const visible = useVisible();
  const marked = useRef(0);
  /** Seen, and not yet told. */
  const seen = useRef(0);

  const tell = useCallback(() => {
    const upTo = seen.current;
    if (upTo <= marked.current) return;
    marked.current = upTo;
    hub.call("sessions.read", { session_id: sessionId, seq: upTo }).then(
      () => {
        const settle = (session: Session): Session =>
          session.id === sessionId && session.last_seq <= upTo ? { ...session, read_seq: upTo, unread: false } : session;
        queries.setQueriesData<readonly Session[]>({ queryKey: trpc.sessions.list.queryKey() }, (list) => list?.map(settle));
      },
      () => {
        // Not told: the next event, or the next look at the screen, tries again.
        marked.current = 0;
      },
    );
  }, [hub, trpc, queries, sessionId]);

  useEffect(() => {
    if (!visible || !atEnd || seq === 0) return;
    seen.current = Math.max(seen.current, seq);
    const timer = setTimeout(tell, JOIN_MS);
    return () => clearTimeout(timer);
  }, [tell, seq, atEnd, visible]);

  // Whoever leaves at once has still seen it.
  useEffect(() => tell, [tell]);
}
