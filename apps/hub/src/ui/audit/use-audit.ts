/** The audit trail page by page, as the address asks for it. */
"use client";
import type { AuditEntry } from "@fairlead/protocol";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useHub } from "../hooks/use-hub.tsx";

const PAGE = 50;

/** Empty: not filtered by it. */
export interface AuditFilter {
  readonly user_id: string;
  readonly operation: string;
  readonly session_id: string;
}

export interface FilterInAddress {
  readonly filter: AuditFilter;
  readonly change: (part: Partial<AuditFilter>) => void;
}

function filterOf(params: { get(name: string): string | null }): AuditFilter {
  const read = (name: keyof AuditFilter) => params.get(name) ?? "";
  return { user_id: read("user_id"), operation: read("operation"), session_id: read("session_id") };
}

/** Not the router's `replace`: it comes later, and a second choice made meanwhile would take the first one back. */
function change(part: Partial<AuditFilter>): void {
  const { pathname, search } = window.location;
  const chosen = Object.entries({ ...filterOf(new URLSearchParams(search)), ...part }).filter(([, value]) => value !== "");
  const query = new URLSearchParams(chosen).toString();
  window.history.replaceState(null, "", query === "" ? pathname : `${pathname}?${query}`);
}

export function useAuditFilter(): FilterInAddress {
  return { filter: filterOf(useSearchParams()), change };
}

/** Asks for the filter's entries, the newest first; older pages come after `fetchNextPage`. */
export function useAudit({ user_id, operation, session_id }: AuditFilter) {
  const hub = useHub();
  return useInfiniteQuery({
    queryKey: [["audit"], "pages", user_id, operation, session_id],
    queryFn: ({ pageParam }): Promise<readonly AuditEntry[]> =>
      hub.operations["audit.list"]({
        limit: PAGE,
        ...(user_id === "" ? {} : { user_id }),
        ...(operation === "" ? {} : { operation }),
        ...(session_id === "" ? {} : { session_id }),
        ...(pageParam === 0 ? {} : { before: pageParam }),
      }),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    placeholderData: keepPreviousData,
  });
}
