/** Tells the hub how far the person has read: only what was on a screen they looked at. */
"use client";
import type { Session } from "@fairlead/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
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
  useEffect(() => {
    if (!visible || !atEnd || seq <= marked.current) return;
    const timer = setTimeout(() => {
      hub.call("sessions.read", { session_id: sessionId, seq }).then(
        () => {
          marked.current = Math.max(marked.current, seq);
          const settle = (session: Session): Session =>
            session.id === sessionId && session.last_seq <= seq ? { ...session, read_seq: seq, unread: false } : session;
          queries.setQueriesData<readonly Session[]>({ queryKey: trpc.sessions.list.queryKey() }, (list) => list?.map(settle));
        },
        // Not marked: the next event, or the next look at the screen, tries again.
        () => undefined,
      );
    }, JOIN_MS);
    return () => clearTimeout(timer);
  }, [hub, trpc, queries, sessionId, seq, atEnd, visible]);
}
