/** The recordings of a terminal, as its log names them. */
"use client";
import type { SessionEvent } from "@fairlead/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useHub } from "../hooks/use-hub.tsx";

export type Recording = Extract<SessionEvent, { type: "terminal.recorded" }>;

/** A terminal's log is short; one this long is no longer looked through (events). */
const MOST_EVENTS = 20_000;

/** `seq`: how far the log goes; asked again when it grows. */
export function useRecordings(sessionId: string, seq: number): readonly Recording[] {
  const hub = useHub();
  const query = useQuery({
    queryKey: ["terminal-recordings", sessionId, seq],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const found: Recording[] = [];
      for (let after = 0, head = 1; after < head && after < MOST_EVENTS; ) {
        const page = await hub.operations["events.list"]({ session_id: sessionId, after_seq: after, limit: 1_000 });
        found.push(...page.events.filter((event) => event.type === "terminal.recorded"));
        head = page.head;
        if (page.to <= after) break;
        after = page.to;
      }
      return found.reverse();
    },
  });
  return query.data ?? [];
}
