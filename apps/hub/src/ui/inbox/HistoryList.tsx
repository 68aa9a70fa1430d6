/** What was asked before and what became of it, the newest first. */
"use client";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { sayError } from "../text/refusals.ts";
import { InboxCard } from "./InboxCard.tsx";
import { LoadingCards } from "./WaitingList.tsx";

const PAGE = 50;

export function HistoryList({ scope }: { readonly scope: "mine" | "all" }) {
  const trpc = useTRPC();
  const [pages, setPages] = useState(1);
  const { approvals, pending, error, last } = useQueries({
    queries: Array.from({ length: pages }, (_, page) => trpc.approvals.list.queryOptions({ scope, limit: PAGE, offset: page * PAGE })),
    combine: (results) => ({
      approvals: results.flatMap(({ data }) => data ?? []),
      pending: results.some((result) => result.isPending),
      error: results.find((result) => result.error !== null)?.error ?? null,
      last: results.at(-1)?.data?.length ?? 0,
    }),
  });
  // A question that came meanwhile moves the pages: what was last on one is first on the next.
  const settled = [...new Map(approvals.map((approval) => [`${approval.session_id}.${approval.approval_id}`, approval])).values()].filter(
    ({ state }) => state !== "open",
  );
  if (pending && approvals.length === 0) return <LoadingCards />;
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <p role="alert">{sayError(error)}</p>}
      {settled.length === 0 && error === null && (
        <p className="rounded-xl border border-dashed px-6 py-14 text-center text-muted-foreground text-sm">Nothing was answered yet.</p>
      )}
      {settled.map((approval) => (
        <InboxCard key={`${approval.session_id}.${approval.approval_id}`} approval={approval} away={false} />
      ))}
      {last === PAGE && (
        <Button variant="outline" disabled={pending} onClick={() => setPages(pages + 1)}>
          Show older ones
        </Button>
      )}
    </div>
  );
}
