/** The entries that the filters let through, the newest first, and the way to older ones. */
"use client";
import type { AuditEntry } from "@fairlead/protocol";
import { ScrollText } from "lucide-react";
import { useMemo } from "react";
import { Button } from "../components/button.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useEndpoints } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { sayError } from "../text/refusals.ts";
import { AuditFilters } from "./AuditFilters.tsx";
import { AuditRow } from "./AuditRow.tsx";
import { useAudit, useAuditFilter } from "./use-audit.ts";

export function AuditList() {
  const inAddress = useAuditFilter();
  const { filter, change } = inAddress;
  const { data, isPending, isFetching, isFetchingNextPage, error, hasNextPage, fetchNextPage, refetch } = useAudit(filter);
  const entries = data?.pages.flat() ?? [];
  const filtered = Object.values(filter).some((value) => value !== "");
  const title = entries.find(({ session_id }) => session_id === filter.session_id)?.session_title ?? undefined;
  const ignore = () => undefined;
  return (
    <>
      <AuditFilters {...inAddress} title={title} />
      {error !== null && (
        <div role="alert" className="mb-4 flex flex-wrap items-center gap-3 text-bad text-sm">
          {sayError(error)}
          <Button variant="outline" size="small" onClick={() => refetch().catch(ignore)}>
            Try again
          </Button>
        </div>
      )}
      {isPending && <LoadingEntries />}
      {!isPending && error === null && entries.length === 0 && <NoEntries filtered={filtered} />}
      {entries.length > 0 && (
        <Entries entries={entries} onSession={filter.session_id === "" ? (session_id) => change({ session_id }) : undefined} />
      )}
      <p role="status" className="mt-3 text-muted-foreground text-xs">
        {!isFetching && entries.length > 0 && `${entries.length} shown, ${hasNextPage ? "the newest" : "all there are"}`}
      </p>
      {hasNextPage && (
        <Button variant="outline" className="mt-2" disabled={isFetchingNextPage} onClick={() => fetchNextPage().catch(ignore)}>
          {isFetchingNextPage ? "Loading…" : "Show older ones"}
        </Button>
      )}
    </>
  );
}

interface EntriesProps {
  readonly entries: readonly AuditEntry[];
  readonly onSession: ((sessionId: string) => void) | undefined;
}

function Entries({ entries, onSession }: EntriesProps) {
  const now = useNow(10_000);
  const endpoints = useEndpoints().items;
  const agents = useMemo(() => new Map(endpoints.map(({ id, name }) => [id, name])), [endpoints]);
  return (
    <ul aria-label="Entries" className="divide-y rounded-xl border bg-card">
      {entries.map((entry) => (
        <AuditRow key={entry.id} entry={entry} now={now} agents={agents} onSession={onSession} />
      ))}
    </ul>
  );
}

function LoadingEntries() {
  return (
    <div role="status" aria-label="Loading entries" className="flex flex-col gap-2">
      <Skeleton className="h-16 rounded-xl" />
      <Skeleton className="h-16 rounded-xl" />
      <Skeleton className="h-16 rounded-xl" />
    </div>
  );
}

function NoEntries({ filtered }: { readonly filtered: boolean }) {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
      <ScrollText aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">{filtered ? "Nothing fits these filters" : "Nothing was done yet"}</p>
      <p className="mt-1 max-w-sm text-muted-foreground text-sm">
        Every change, sign-in and file leaves an entry here, until its time of retention is over. What was said stays in the sessions.
      </p>
    </div>
  );
}
