/** One entry of the audit trail: who, what, on what, from where, when, and what became of it. */
"use client";
import type { AuditEntry } from "@fairlead/protocol";
import { ListFilter } from "lucide-react";
import Link from "next/link";
import { Chip } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { actorWords, agentIn, deedWords, outcomeWords } from "../text/audit-words.ts";
import { agoWords, momentWords } from "../text/time-words.ts";

interface AuditRowProps {
  readonly entry: AuditEntry;
  readonly now: number;
  /** Names of agents by their id; the id stands in a tooltip. */
  readonly agents: ReadonlyMap<string, string>;
  /** Shows the entries of one session alone; undefined: it is so already. */
  readonly onSession: ((sessionId: string) => void) | undefined;
}

export function AuditRow({ entry, now, agents, onSession }: AuditRowProps) {
  const { actor, address, session_id, session_title, at, code, ms } = entry;
  const outcome = outcomeWords(code);
  const moment = Date.parse(at);
  return (
    <li className="flex gap-x-3 px-4 py-3 sm:items-center sm:gap-x-4">
      <div className="min-w-0 flex-1">
        <p className="text-sm leading-relaxed [overflow-wrap:anywhere]">
          <span className="font-semibold">{actorWords(actor)}</span> <span aria-hidden>·</span>{" "}
          <span title={agentIn(entry.detail)}>{deedWords(entry, agents)}</span>
        </p>
        <p className="mt-0.5 text-muted-foreground text-xs [overflow-wrap:anywhere]">
          <time dateTime={at} title={momentWords(moment)}>
            {agoWords(moment, now)}
          </time>{" "}
          · from {address}
          {session_id !== null && " · in "}
          {session_id !== null && <SessionName id={session_id} title={session_title} />}
        </p>
      </div>
      <div className="flex max-w-[40%] shrink-0 flex-col items-end sm:flex-row sm:items-center sm:gap-2">
        <Chip tone={outcome.tone} title={ms === null ? undefined : `${code} after ${ms} ms`}>
          {outcome.text}
        </Chip>
        {session_id !== null && onSession !== undefined && (
          <Button
            variant="ghost"
            size="icon"
            className="max-sm:-mr-3 max-sm:-mb-2"
            title="Only this session"
            aria-label={`Only entries of ${session_title ?? "this session, which is not there"}`}
            onClick={() => onSession(session_id)}
          >
            <ListFilter aria-hidden />
          </Button>
        )}
      </div>
    </li>
  );
}

function SessionName({ id, title }: { readonly id: string; readonly title: string | null }) {
  if (title === null) return <span title={id}>a session that is not there</span>;
  return (
    <Link href={`/sessions/${encodeURIComponent(id)}`} className="rounded underline underline-offset-4 hover:text-foreground">
      {title}
    </Link>
  );
}
