/** The agents on offer: whether they can be reached, on which machine, and a tap to start talking. */
"use client";
import type { Endpoint } from "@fairlead/protocol";
import { LoaderCircle, PlugZap } from "lucide-react";
import { ProgramLine } from "../agents/ProgramLine.tsx";
import { StartMenu } from "../agents/StartMenu.tsx";
import { cn } from "../cn.ts";
import { Skeleton } from "../components/skeleton.tsx";
import { useEndpoints } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { useSessionActions, usualWay } from "../hooks/use-session-actions.ts";
import { CopyButton } from "../session/CopyButton.tsx";
import { sayError } from "../text/refusals.ts";
import { agoWords } from "../text/time-words.ts";
import { profileLook } from "./profile-look.ts";
import { StaleNote } from "./StaleNote.tsx";

export function AgentGrid() {
  const endpoints = useEndpoints();
  const { start, starting } = useSessionActions();
  const now = useNow(1_000);
  if (endpoints.loading && !endpoints.stale) return <LoadingCards />;
  if (endpoints.items.length === 0) return endpoints.error === null ? <NoAgents /> : <p role="alert">{sayError(endpoints.error)}</p>;
  return (
    <>
      <StaleNote stale={endpoints.stale} knownAt={endpoints.knownAt} />
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] gap-3">
        {[...endpoints.items].sort(byUse).map((endpoint) => (
          <li key={endpoint.id} className="relative">
            <AgentCard
              endpoint={endpoint}
              now={now}
              busy={starting === endpoint.id}
              onStart={() => start(endpoint.id, usualWay(endpoint))}
            />
            {hasWays(endpoint) && (
              <StartMenu endpoint={endpoint} busy={starting === endpoint.id} onStart={(how) => start(endpoint.id, how)} />
            )}
            {endpoint.status === "unavailable" && endpoint.reason !== null && (
              <CopyButton what="reason" read={() => endpoint.reason ?? ""} className="absolute top-4 right-2 md:top-3 md:right-3" />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const ORDER = { online: 0, offline: 1, unavailable: 2 } as const;

/** What can be used comes first; otherwise the hub's order stays. */
function byUse(a: Endpoint, b: Endpoint): number {
  return ORDER[a.status] - ORDER[b.status];
}

/** Whether there is more than one way to begin with it. */
function hasWays({ capabilities, status }: Endpoint): boolean {
  return status !== "unavailable" && (capabilities.worktree || capabilities.native_sessions || capabilities.terminal === "also");
}

interface AgentCardProps {
  readonly endpoint: Endpoint;
  readonly now: number;
  readonly busy: boolean;
  readonly onStart: () => void;
}

function AgentCard({ endpoint, now, busy, onStart }: AgentCardProps) {
  const { Icon, word } = profileLook(endpoint.profile);
  const tags = Object.entries(endpoint.tags);
  const usable = endpoint.status !== "unavailable";
  return (
    <button
      type="button"
      onClick={onStart}
      disabled={!usable || busy}
      aria-label={usable ? `Start a session with ${endpoint.name}` : `${endpoint.name} is unavailable`}
      aria-describedby={`about-${endpoint.id}`}
      className={cn(
        "flex h-full w-full flex-col rounded-xl border bg-card p-4 text-left text-card-foreground transition-[border-color,box-shadow]",
        usable ? "hover:border-primary/60 hover:shadow-sm active:bg-accent/50" : "bg-transparent",
      )}
    >
      <span className="flex w-full items-start gap-3">
        <span
          className={cn(
            "inline-flex size-10 shrink-0 items-center justify-center rounded-lg",
            usable ? "bg-accent text-accent-foreground" : "bg-muted text-muted-foreground",
          )}
        >
          {busy ? (
            <LoaderCircle aria-hidden className="size-5 motion-safe:animate-spin" />
          ) : (
            <Icon aria-hidden className="size-5" strokeWidth={1.75} />
          )}
        </span>
        <span className={cn("min-w-0 flex-1", (hasWays(endpoint) || !usable) && "pr-9")}>
          <span className="block truncate font-semibold text-[0.9375rem]">{endpoint.name}</span>
          <span className="block truncate text-muted-foreground text-xs">
            {word} on {endpoint.runtime_name}
          </span>
        </span>
      </span>
      <span id={`about-${endpoint.id}`} className="mt-3 flex w-full flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <Status endpoint={endpoint} now={now} />
        {endpoint.program !== null && <ProgramLine program={endpoint.program} />}
        {tags.length > 0 && (
          <span className="flex flex-wrap gap-1.5">
            {tags.map(([key, value]) => (
              <span key={key} className="rounded bg-muted px-1.5 py-0.5 text-muted-foreground text-xs">
                {key}: {value}
              </span>
            ))}
          </span>
        )}
      </span>
    </button>
  );
}

function Status({ endpoint, now }: { readonly endpoint: Endpoint; readonly now: number }) {
  const heard = endpoint.last_heard_at === null ? "never heard" : `last heard ${agoWords(Date.parse(endpoint.last_heard_at), now)}`;
  switch (endpoint.status) {
    case "online":
      return <Line dot="bg-ok">Online</Line>;
    case "offline":
      return (
        <Line dot="border-2 border-wait">
          Offline · {heard}
          <span className="block text-muted-foreground">Messages wait until it returns.</span>
        </Line>
      );
    case "unavailable":
      return (
        <Line dot="rotate-45 rounded-none bg-bad">
          Unavailable
          <span className="block break-words text-muted-foreground">{endpoint.reason}</span>
        </Line>
      );
  }
}

function Line({ dot, children }: { readonly dot: string; readonly children: React.ReactNode }) {
  return (
    <span className="flex items-start gap-2 text-xs">
      <span aria-hidden className={cn("mt-1 size-2 shrink-0 rounded-full", dot)} />
      <span className="min-w-0 flex-1">{children}</span>
    </span>
  );
}

function NoAgents() {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
      <PlugZap aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">No agents yet</p>
      <p className="mt-1 max-w-sm text-muted-foreground text-sm">
        A runtime offers agents as soon as it connects. Start one with “npm run runtime -- -config FILE” on the machine where your agents
        live.
      </p>
    </div>
  );
}

function LoadingCards() {
  return (
    <div role="status" aria-label="Loading agents" className="grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] gap-3">
      {[0, 1, 2, 3, 4, 5].map((card) => (
        <Skeleton key={card} className="h-[8.25rem] rounded-xl" />
      ))}
    </div>
  );
}
