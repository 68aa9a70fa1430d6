/** What the open terminals are called, the person's own and those shared with them. */
"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useHub } from "../hooks/use-hub.tsx";
import { useSessions } from "../hooks/use-lists.ts";

const REFRESH_MS = 30_000;

/** Fresh whenever the lists of sessions are: its key begins like theirs. */
export function useTerminals() {
  const hub = useHub();
  return useQuery({
    queryKey: [["sessions"], "terminals"],
    queryFn: () => hub.operations["terminals.list"]({}),
    refetchInterval: REFRESH_MS,
  });
}

interface TerminalTitle {
  readonly title: string;
  readonly shared: boolean;
  readonly created_at: string;
}

export function useTitles(): ReadonlyMap<string, TerminalTitle> {
  const sessions = useSessions("").items;
  const terminals = useTerminals().data;
  return useMemo(
    () =>
      new Map([
        ...sessions.map(({ id, title, created_at }) => [id, { title, shared: false, created_at }] as const),
        ...(terminals ?? []).map(
          ({ session, shared }) => [session.id, { title: session.title, shared, created_at: session.created_at }] as const,
        ),
      ]),
    [sessions, terminals],
  );
}
