/** What was asked before and what became of it, the newest first. */
"use client";
import type { Approval } from "@fairlead/protocol";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { Button } from "../components/button.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { sayError } from "../text/refusals.ts";
import { InboxCard } from "./InboxCard.tsx";
import { LoadingCards } from "./WaitingList.tsx";

const PAGE = 50;

const keyOf = ({ session_id, approval_id }: Approval) => `${session_id}.${approval_id}`;

export function HistoryList({ scope }: { readonly scope: "mine" | "all" }) {
  const hub = useHub();
  const { data, isPending, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    // Begins as the router's own keys do, so that the hub's hints renew it.
    queryKey: [["approvals"], "history", scope],
    queryFn: ({ pageParam }) => hub.operations["approvals.list"]({ scope, limit: PAGE, offset: pageParam }),
    initialPageParam: 0,
    // Long questions make short pages: only an empty one is surely the last.
    getNextPageParam: (last, pages) => (last.length === 0 ? undefined : pages.reduce((sum, page) => sum + page.length, 0)),
    placeholderData: keepPreviousData,
  });
  if (isPending) return <LoadingCards />;
  // A question that came meanwhile moves the pages: what was last on one is first on the next.
  const approvals = [...new Map((data?.pages.flat() ?? []).map((approval) => [keyOf(approval), approval])).values()];
  const settled = approvals.filter(({ state }) => state !== "open");
  const more = hasNextPage && (data?.pages.at(-1)?.length ?? 0) > 0 && approvals.length >= PAGE;
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <p role="alert">{sayError(error)}</p>}
      {settled.length === 0 && error === null && (
        <div className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
          <History aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
          <p className="mt-3 font-medium">Nothing was answered yet</p>
          <p className="mt-1 max-w-sm text-muted-foreground text-sm">
            What you answer stays here: what was asked, who answered, and what came of it.
          </p>
        </div>
      )}
      {settled.map((approval) => (
        <InboxCard key={keyOf(approval)} approval={approval} away={false} />
      ))}
      {more && (
        <Button
          variant="outline"
          disabled={isFetchingNextPage}
          onClick={() => {
            fetchNextPage().catch(() => undefined);
          }}
        >
          Show older ones
        </Button>
      )}
    </div>
  );
}
