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

export function useTitles(): ReadonlyMap<string, { readonly title: string; readonly shared: boolean }> {
  const sessions = useSessions("").items;
  const terminals = useTerminals().data;
  return useMemo(
    () =>
      new Map([
        ...sessions.map(({ id, title }) => [id, { title, shared: false }] as const),
        ...(terminals ?? []).map(({ session, shared }) => [session.id, { title: session.title, shared }] as const),
      ]),
    [sessions, terminals],
  );
}
