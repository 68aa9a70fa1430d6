/** The person's sessions: search, state, unread marks, and a way in when there are none. */
"use client";
import { MessagesSquare, Search, X } from "lucide-react";
import Link from "next/link";
import { useParams } from "next/navigation";
import { useDeferredValue, useState } from "react";
import { cn } from "../cn.ts";
import { Button, buttonVariants } from "../components/button.tsx";
import { Input } from "../components/input.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { useSessions } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { useOpenedMarks } from "../hooks/use-opened-marks.ts";
import { useStore } from "../hooks/use-store.ts";
import { sayError } from "../text/refusals.ts";
import { SessionRow } from "./SessionRow.tsx";
import { StaleNote } from "./StaleNote.tsx";

export function SessionList() {
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const sessions = useSessions(wanted);
  const now = useNow(30_000);
  const params = useParams<{ sessionId?: string }>();
  const hub = useHub();
  const connected = useStore(hub.socket.status).state === "live";
  const opened = useOpenedMarks(sessions.items, now);
  const none = !sessions.loading && sessions.items.length === 0;
  return (
    <section aria-label="Sessions" className="flex min-h-0 flex-1 flex-col">
      <div className="relative px-3 pb-2">
        <Search aria-hidden className="pointer-events-none absolute top-3.5 left-6 size-4 text-muted-foreground md:top-2.5" />
        <Input
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder="Search by title"
          aria-label="Search sessions by title"
          className="px-9 [&::-webkit-search-cancel-button]:hidden"
        />
        {search !== "" && (
          <button
            type="button"
            onClick={() => setSearch("")}
            aria-label="Clear the search"
            className="absolute top-0 right-3 inline-flex size-11 items-center justify-center rounded-lg text-muted-foreground hover:text-foreground md:size-9"
          >
            <X aria-hidden className="size-4" />
          </button>
        )}
      </div>
      <StaleNote stale={sessions.stale} knownAt={sessions.knownAt} />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-3">
        {sessions.loading && !sessions.stale && <LoadingRows />}
        {none && sessions.error !== null && (
          <p role="alert" className="px-3 py-6 text-center text-muted-foreground text-sm">
            {sayError(sessions.error)}
          </p>
        )}
        {none && sessions.error === null && <Nothing search={wanted} onClear={() => setSearch("")} />}
        <ul className="flex flex-col gap-px">
          {sessions.items.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              now={now}
              current={session.id === params.sessionId}
              sure={connected && !sessions.stale}
              opened={opened.get(session.id)}
            />
          ))}
        </ul>
      </div>
    </section>
  );
}

function Nothing({ search, onClear }: { readonly search: string; readonly onClear: () => void }) {
  if (search !== "") {
    return (
      <div className="px-4 py-10 text-center text-sm">
        <p className="text-muted-foreground">No session's title has “{search}” in it.</p>
        <Button variant="outline" className="mt-4" onClick={onClear}>
          Show all sessions
        </Button>
      </div>
    );
  }
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <MessagesSquare aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">No sessions yet</p>
      <p className="mt-1 text-muted-foreground text-sm">Pick an agent and say the first word.</p>
      <Link href="/agents" className={cn(buttonVariants({ variant: "primary" }), "mt-5 md:hidden")}>
        Choose an agent
      </Link>
    </div>
  );
}

function LoadingRows() {
  return (
    <div role="status" aria-label="Loading sessions" className="flex flex-col gap-px">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className="flex h-[3.75rem] flex-col justify-center gap-2 px-3">
          <Skeleton className="h-3.5 w-3/5" />
          <Skeleton className="h-3 w-2/5" />
        </div>
      ))}
    </div>
  );
}
