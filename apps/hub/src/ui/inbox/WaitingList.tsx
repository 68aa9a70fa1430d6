/** Everything that waits for an answer, by session, the longest waiting first. */
"use client";
import { BellRing, Inbox } from "lucide-react";
import Link from "next/link";
import { Skeleton } from "../components/skeleton.tsx";
import { MOST_WAITING, useEndpoints, useWaitingCount } from "../hooks/use-lists.ts";
import { StaleNote } from "../shell/StaleNote.tsx";
import { sayError } from "../text/refusals.ts";
import { countWords } from "../text/time-words.ts";
import { InboxCard } from "./InboxCard.tsx";
import { useInbox } from "./use-inbox.ts";

export function WaitingList({ scope }: { readonly scope: "mine" | "all" }) {
  const { groups, list } = useInbox(scope);
  const more = useWaitingCount(scope) - list.items.length;
  const endpoints = useEndpoints().items;
  const away = new Set(endpoints.filter((endpoint) => endpoint.status === "offline").map((endpoint) => endpoint.id));
  if (list.loading && !list.stale) return <LoadingCards />;
  return (
    <>
      <StaleNote stale={list.stale} knownAt={list.knownAt} />
      {groups.length === 0 && (list.error === null ? <Nothing /> : <p role="alert">{sayError(list.error)}</p>)}
      {more > 0 && list.items.length >= MOST_WAITING && (
        <p className="mb-4 text-muted-foreground text-sm">
          These are the newest {list.items.length}; {countWords(more, "older one")} will follow as they are answered.
        </p>
      )}
      <div className="flex flex-col gap-8">
        {groups.map(({ session_id, approvals }) => {
          const [first] = approvals;
          if (first === undefined) return null;
          return (
            <section key={session_id} aria-label={first.session_title} className="min-w-0">
              <h2 className="mb-2 flex min-w-0 items-baseline gap-2">
                <Link
                  href={`/sessions/${session_id}`}
                  className="inline-flex min-h-11 min-w-0 items-center rounded font-semibold text-sm underline-offset-4 hover:underline md:min-h-0"
                >
                  <span className="truncate">{first.session_title}</span>
                </Link>
                <span className="shrink-0 text-muted-foreground text-xs">{first.endpoint_name}</span>
              </h2>
              <div className="flex flex-col gap-3">
                {approvals.map((approval) => (
                  <InboxCard key={approval.approval_id} approval={approval} away={away.has(approval.endpoint_id)} />
                ))}
              </div>
            </section>
          );
        })}
      </div>
    </>
  );
}

function Nothing() {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
      <Inbox aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">Nothing waits for you</p>
      <p className="mt-1 max-w-sm text-muted-foreground text-sm">
        When an agent asks for permission or has a question, it stands here, from whichever session it comes.
      </p>
      <p className="mt-4 flex items-center gap-1.5 text-muted-foreground text-xs">
        <BellRing aria-hidden className="size-3.5 shrink-0" /> To hear of it at once, switch on “Notify me on this device” in the account
        menu.
      </p>
    </div>
  );
}

export function LoadingCards() {
  return (
    <div role="status" aria-label="Loading what was asked" className="flex flex-col gap-3">
      <Skeleton className="h-44 rounded-xl" />
      <Skeleton className="h-44 rounded-xl" />
    </div>
  );
}
