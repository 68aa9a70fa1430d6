/** Terminals: those that are open, one's own and shared ones, and the agents that open one, machine by machine. */
"use client";
import type { Endpoint } from "@fairlead/protocol";
import { LoaderCircle, SquareTerminal } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { cn } from "../cn.ts";
import { Chip } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Input } from "../components/input.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useEndpoints } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { useOpenedMarks } from "../hooks/use-opened-marks.ts";
import { useTitle } from "../hooks/use-title.ts";
import { HubBar } from "../shell/HubBar.tsx";
import { OpenedMark } from "../shell/OpenedMark.tsx";
import { profileLook } from "../shell/profile-look.ts";
import { StaleNote } from "../shell/StaleNote.tsx";
import { useTerminalActions } from "../terminal/use-terminal-actions.ts";
import { useTerminals } from "../terminal/use-titles.ts";
import { matches } from "../text/matches.ts";
import { sayError } from "../text/refusals.ts";
import { agoWords, countWords, roughWords } from "../text/time-words.ts";

/** One whose program has ended stands in the list until it is closed: it can be run again. */
const STATES = {
  opening: { word: "Starting", tone: "wait" },
  open: { word: "Open", tone: "ok" },
  closed: { word: "Ended", tone: "plain" },
} as const;

const { Icon: TerminalIcon } = profileLook("terminal");

export function TerminalsPage() {
  useTitle("Terminals");
  const [words, setWords] = useState("");
  const endpoints = useEndpoints();
  const terminals = useTerminals();
  const { open, opening } = useTerminalActions();
  const now = useNow(1_000);
  const rows = (terminals.data ?? []).filter(({ session, owner }) => matches(`${session.title} ${session.endpoint_name} ${owner}`, words));
  const parts = [
    { id: "open-terminals", heading: "Open now", part: rows.filter(({ terminal }) => terminal.state !== "closed") },
    { id: "ended-terminals", heading: "Ended", part: rows.filter(({ terminal }) => terminal.state === "closed") },
  ].filter(({ part }) => part.length > 0);
  const able = endpoints.items.filter((endpoint) => endpoint.capabilities.terminal !== "none");
  const found = able.filter((endpoint) => matches(`${endpoint.name} ${endpoint.runtime_name}`, words));
  const opened = useOpenedMarks(
    rows.map(({ session }) => session),
    now,
  );
  const machineOf = (id: string) => endpoints.items.find((endpoint) => endpoint.id === id)?.runtime_name;
  const openOf = (id: string) =>
    (terminals.data ?? []).filter(({ session, terminal }) => session.endpoint_id === id && terminal.state !== "closed").length;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <HubBar className="max-md:hidden" />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-5xl px-4 pt-6 pb-10 pad-safe-top md:px-8 md:pt-14">
          <h1 className="font-semibold text-2xl tracking-tight md:text-3xl">Terminals</h1>
          <p className="mt-1.5 mb-5 text-muted-foreground">A shell, or an agent's own program, on the machine where it lives.</p>
          <Input
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            placeholder="Search"
            aria-label="Search terminals and machines"
            className="mb-6 max-w-sm"
          />
          <StaleNote stale={endpoints.stale} knownAt={endpoints.knownAt} />
          {terminals.isError && (
            <p role="alert" className="mb-4 text-bad text-sm">
              {sayError(terminals.error)}
            </p>
          )}
          {parts.map(({ id, heading, part }) => (
            <section key={id} aria-labelledby={id} className="mb-8">
              <h2 id={id} className="mb-2 font-semibold text-sm">
                {heading}
              </h2>
              <ul className="divide-y rounded-xl border bg-card">
                {part.map(({ session, terminal, owner, shared }) => (
                  <li key={session.id}>
                    <Link
                      href={`/sessions/${encodeURIComponent(session.id)}`}
                      className="flex min-h-14 items-center gap-3 px-4 py-2 hover:bg-accent/50"
                    >
                      <TerminalIcon aria-hidden className="size-5 shrink-0 text-muted-foreground" strokeWidth={1.75} />
                      <span className="min-w-0 flex-1">
                        <span className="flex items-baseline gap-2">
                          <span className="truncate font-medium text-sm">{session.title}</span>
                          <OpenedMark at={opened.get(session.id)} />
                        </span>
                        <span className="block text-muted-foreground text-xs [overflow-wrap:anywhere]">
                          {[session.endpoint_name, machineOf(session.endpoint_id)].filter((name) => name !== undefined).join(" on ")} ·{" "}
                          {shared ? `${owner}'s` : "yours"} ·{" "}
                          {terminal.state === "closed"
                            ? "its program has ended"
                            : `open for ${roughWords(now - Date.parse(session.created_at))}`}
                        </span>
                      </span>
                      {terminal.recording && <Chip tone="bad">Recording</Chip>}
                      {shared && <Chip>Shared</Chip>}
                      <Chip tone={STATES[terminal.state].tone}>{STATES[terminal.state].word}</Chip>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ))}
          <section aria-labelledby="machines">
            <h2 id="machines" className="mb-2 font-semibold text-sm">
              Machines
            </h2>
            {endpoints.loading && !endpoints.stale && <Skeleton className="h-32 w-full rounded-xl" />}
            {!endpoints.loading && able.length === 0 && <NoTerminals />}
            {able.length > 0 && found.length === 0 && (
              <p className="text-muted-foreground text-sm">Nothing here has “{words}” in its name.</p>
            )}
            <div className="flex flex-col gap-4">
              {byRuntime(found).map(({ runtime, agents }) => (
                <MachineCard
                  key={runtime}
                  agents={agents}
                  now={now}
                  opening={opening}
                  openOf={openOf}
                  onOpen={(endpointId) => open({ endpointId })}
                />
              ))}
            </div>
          </section>
        </div>
      </div>
    </div>
  );
}

function byRuntime(endpoints: readonly Endpoint[]): readonly { readonly runtime: string; readonly agents: readonly Endpoint[] }[] {
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) groups.set(endpoint.runtime_id, [...(groups.get(endpoint.runtime_id) ?? []), endpoint]);
  return [...groups].map(([runtime, agents]) => ({ runtime, agents }));
}

interface MachineCardProps {
  readonly agents: readonly Endpoint[];
  readonly now: number;
  readonly opening: string | undefined;
  readonly openOf: (endpointId: string) => number;
  readonly onOpen: (endpointId: string) => void;
}

function MachineCard({ agents, now, opening, openOf, onOpen }: MachineCardProps) {
  const [first] = agents;
  if (first === undefined) return null;
  const heard = first.last_heard_at === null ? "never heard" : `last heard ${agoWords(Date.parse(first.last_heard_at), now)}`;
  return (
    <section aria-label={first.runtime_name} className="rounded-xl border bg-card text-card-foreground">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5">
        <h3 className="min-w-0 truncate font-semibold text-sm">{first.runtime_name}</h3>
        <p className="flex items-center gap-1.5 text-muted-foreground text-xs">
          <span aria-hidden className={cn("size-2 rounded-full", first.online ? "bg-ok" : "border-2 border-wait")} />
          {first.online ? "Connected" : `Away · ${heard}`}
        </p>
      </div>
      <ul className="divide-y">
        {agents.map((endpoint) => (
          <AgentRow
            key={endpoint.id}
            endpoint={endpoint}
            busy={opening === endpoint.id}
            open={openOf(endpoint.id)}
            onOpen={() => onOpen(endpoint.id)}
          />
        ))}
      </ul>
    </section>
  );
}

interface AgentRowProps {
  readonly endpoint: Endpoint;
  readonly busy: boolean;
  /** Terminals of it that are open now. */
  readonly open: number;
  readonly onOpen: () => void;
}

function AgentRow({ endpoint, busy, open, onOpen }: AgentRowProps) {
  const { Icon, word } = profileLook(endpoint.profile);
  const facts = [
    word === endpoint.name ? "" : word,
    open > 0 ? `${countWords(open, "terminal")} open` : "",
    endpoint.status === "unavailable" ? (endpoint.reason ?? "") : "",
  ];
  return (
    <li className="flex min-h-16 items-center gap-3 px-4 py-2">
      <Icon aria-hidden className="size-5 shrink-0 text-muted-foreground" strokeWidth={1.75} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{endpoint.name}</span>
        <span className="block break-words text-muted-foreground text-xs">{facts.filter((fact) => fact !== "").join(" · ")}</span>
      </span>
      <Button
        aria-label={`Connect to ${endpoint.name} on ${endpoint.runtime_name}`}
        disabled={endpoint.status === "unavailable" || busy}
        onClick={onOpen}
      >
        {busy && <LoaderCircle aria-hidden className="motion-safe:animate-spin" />} Connect
      </Button>
    </li>
  );
}

function NoTerminals() {
  return (
    <div className="rounded-xl border border-dashed px-6 py-10 text-center">
      <SquareTerminal aria-hidden className="mx-auto size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">No agent here opens a terminal</p>
      <p className="mx-auto mt-1 max-w-md text-muted-foreground text-sm">
        Add an endpoint with a <code>terminal</code> block to a runtime's configuration, or <code>open_terminal</code> to one that is there.
      </p>
    </div>
  );
}
