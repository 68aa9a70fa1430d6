/** The agent's own earlier sessions on its machine: find one and go on with it here. */
"use client";
import type { Endpoint, NativeSession } from "@fairlead/protocol";
import { useQuery } from "@tanstack/react-query";
import { CornerDownRight, Search, Unplug } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { Input } from "../components/input.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import { hasKeyboard } from "../text/keys.ts";
import { matches } from "../text/matches.ts";
import { codeOf, sayError } from "../text/refusals.ts";
import { agoWords } from "../text/time-words.ts";

interface NativeSessionsProps {
  readonly endpoint: Endpoint;
  readonly busy: boolean;
  readonly onChoose: (nativeId: string) => void;
  readonly onClose: () => void;
}

/** Sessions drawn at once; a search finds the others. */
const MOST_SHOWN = 100;

export function NativeSessions({ endpoint, busy, onChoose, onClose }: NativeSessionsProps) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title="Continue an earlier session"
        description={`What ${endpoint.name} did on ${endpoint.runtime_name} before, also outside of Fairlead.`}
      >
        {endpoint.status === "online" ? (
          <Listing endpoint={endpoint} busy={busy} onChoose={onChoose} />
        ) : (
          <Away machine={endpoint.runtime_name} />
        )}
      </DialogContent>
    </Dialog>
  );
}

function Listing({ endpoint, busy, onChoose }: Omit<NativeSessionsProps, "onClose">) {
  const trpc = useTRPC();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const query = useQuery(trpc.endpoints.native_sessions.queryOptions({ endpoint_id: endpoint.id }, { staleTime: 0, retry: false }));
  const again = () => {
    query.refetch().catch(() => undefined);
  };
  if (query.isError) {
    return codeOf(query.error) === "UNAVAILABLE" ? (
      <Away machine={endpoint.runtime_name} onAgain={again} />
    ) : (
      <div className="px-5 pt-3 pb-6">
        <p role="alert" className="text-sm">
          {sayError(query.error)}
        </p>
        <Button variant="outline" className="mt-4" onClick={again}>
          Try again
        </Button>
      </div>
    );
  }
  const all = query.data ?? [];
  const found = all.filter((session) => matches(`${session.title} ${session.work_dir ?? ""}`, wanted));
  return (
    <>
      <div className="relative px-5 pt-3 pb-2">
        <Search aria-hidden className="pointer-events-none absolute top-6.5 left-8 size-4 text-muted-foreground md:top-5.5" />
        <Input
          type="search"
          autoFocus={hasKeyboard()}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder="Title or folder"
          aria-label="Search by title or folder"
          className="pl-9"
        />
      </div>
      <div className="min-h-48 flex-1 overflow-y-auto overscroll-contain px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        {query.isPending && <LoadingRows machine={endpoint.runtime_name} />}
        {!query.isPending && found.length === 0 && (
          <p className="px-4 py-10 text-center text-muted-foreground text-sm">
            {all.length === 0 ? `${endpoint.name} has no earlier sessions on ${endpoint.runtime_name}.` : `Nothing has “${wanted}” in it.`}
          </p>
        )}
        <ul className="flex flex-col gap-px">
          {found.slice(0, MOST_SHOWN).map((session) => (
            <li key={session.native_id}>
              <SessionChoice session={session} busy={busy} onChoose={onChoose} />
            </li>
          ))}
        </ul>
        {found.length > MOST_SHOWN && (
          <p className="px-3 py-3 text-center text-muted-foreground text-xs">
            {found.length - MOST_SHOWN} older ones are not shown. Search to find them.
          </p>
        )}
      </div>
    </>
  );
}

interface SessionChoiceProps extends Pick<NativeSessionsProps, "busy" | "onChoose"> {
  readonly session: NativeSession;
}

function SessionChoice({ session, busy, onChoose }: SessionChoiceProps) {
  const now = useNow(60_000);
  return (
    <button
      type="button"
      disabled={busy}
      onClick={() => onChoose(session.native_id)}
      className="flex min-h-13 w-full items-start gap-3 rounded-lg px-3 py-2 text-left hover:bg-accent disabled:opacity-50"
    >
      <CornerDownRight aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 font-medium text-sm [overflow-wrap:anywhere]">
          {session.title === "" ? "Without a title" : session.title}
        </span>
        <span className="mt-0.5 flex flex-wrap gap-x-2 text-muted-foreground text-xs">
          <span className="shrink-0 tabular-nums">{agoWords(session.updated_at, now)}</span>
          {session.work_dir !== undefined && <span className="min-w-0 font-mono [overflow-wrap:anywhere]">{session.work_dir}</span>}
        </span>
      </span>
    </button>
  );
}

function Away({ machine, onAgain }: { readonly machine: string; readonly onAgain?: () => void }) {
  return (
    <div className="flex flex-col items-center px-6 pt-8 pb-10 text-center">
      <Unplug aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">{machine} does not answer</p>
      <p className="mt-1 max-w-xs text-muted-foreground text-sm">
        Its agents' own sessions are kept there and can be listed when it is back.
      </p>
      {onAgain !== undefined && (
        <Button variant="outline" className="mt-4" onClick={onAgain}>
          Try again
        </Button>
      )}
    </div>
  );
}

function LoadingRows({ machine }: { readonly machine: string }) {
  return (
    <div role="status" aria-label={`Asking ${machine}`} className="flex flex-col gap-2 px-3 py-2">
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} className="h-11" />
      ))}
    </div>
  );
}
