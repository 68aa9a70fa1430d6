/** The lists of the shell, kept fresh by the hub's hints and, in case one was lost, by the clock. */
"use client";
import type { Approval, Endpoint, Rule, Session, User } from "@fairlead/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPC } from "./use-hub.tsx";

const REFRESH_MS = 30_000;
/** Questions that one list holds at most. */
export const MOST_WAITING = 200;

export interface Listing<T> {
  readonly items: readonly T[];
  readonly loading: boolean;
  /** The last try failed; what is shown is what was known before. */
  readonly stale: boolean;
  readonly knownAt: number;
  readonly error: unknown;
  readonly refresh: () => void;
}

interface QueryLike<T> {
  readonly data: readonly T[] | undefined;
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly failureCount: number;
  readonly dataUpdatedAt: number;
  readonly error: unknown;
  readonly refetch: () => Promise<unknown>;
}

function listing<T>(query: QueryLike<T>): Listing<T> {
  return {
    items: query.data ?? [],
    loading: query.isPending,
    stale: query.isError || query.failureCount > 0,
    knownAt: query.dataUpdatedAt,
    error: query.error,
    refresh: () => {
      query.refetch().catch(() => undefined);
    },
  };
}

export function useSessions(search: string): Listing<Session> {
  const trpc = useTRPC();
  const input = search === "" ? { limit: 500 } : { limit: 500, search };
  return listing(useQuery(trpc.sessions.list.queryOptions(input, { refetchInterval: REFRESH_MS, placeholderData: keepPreviousData })));
}

export function useEndpoints(): Listing<Endpoint> {
  const trpc = useTRPC();
  return listing(useQuery(trpc.endpoints.list.queryOptions({}, { refetchInterval: REFRESH_MS })));
}

/** How much agents wait for; 0 until it is known. `all`: of every user, for admins. */
export function useWaitingCount(scope: "mine" | "all" = "mine"): number {
  const trpc = useTRPC();
  return (
    useQuery(trpc.approvals.count.queryOptions({ scope }, { refetchInterval: REFRESH_MS, placeholderData: keepPreviousData })).data?.open ??
    0
  );
}

/** What agents wait for, the newest of it. `all`: of every user, for admins. `enabled`: whether it is wanted now. */
export function useWaiting(scope: "mine" | "all" = "mine", enabled = true): Listing<Approval> {
  const trpc = useTRPC();
  return listing(
    useQuery(
      trpc.approvals.list.queryOptions(
        { state: "open", scope, limit: MOST_WAITING },
        { refetchInterval: REFRESH_MS, placeholderData: keepPreviousData, enabled },
      ),
    ),
  );
}

export function useRules(): Listing<Rule> {
  const trpc = useTRPC();
  return listing(useQuery(trpc.rules.list.queryOptions({}, { refetchInterval: REFRESH_MS })));
}

export function useMe(): User | undefined {
  const trpc = useTRPC();
  return useQuery(trpc.me.get.queryOptions({}, { staleTime: 300_000 })).data;
}
