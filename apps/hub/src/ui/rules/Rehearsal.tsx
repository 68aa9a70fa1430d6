/** What a rule would have matched in the last 30 days, and what people decided then: surprises first. */
"use client";
import type { Approval, OperationOutput, RuleEffect } from "@fairlead/protocol";
import { History, LoaderCircle, TriangleAlert } from "lucide-react";
import { cardOfApproval } from "../approvals/card-ask.ts";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { useNow } from "../hooks/use-now.ts";
import { summaryOf } from "../text/ask-words.ts";
import { sayError } from "../text/refusals.ts";
import { type Fate, fateOf, isSurprise, wouldWords } from "../text/rehearsal-words.ts";
import { countWords, listWords } from "../text/time-words.ts";
import type { RehearsalState } from "./use-rehearsal.ts";

interface RehearsalProps {
  readonly rehearsal: RehearsalState;
  readonly effect: RuleEffect;
}

export function Rehearsal({ rehearsal, effect }: RehearsalProps) {
  const { result, pending, error, again } = rehearsal;
  return (
    <section aria-label="Rehearsal" aria-live="polite" aria-busy={pending} className="shrink-0 rounded-lg border bg-panel">
      <h3 className="flex min-h-11 items-center gap-2 border-b px-3 font-medium text-sm md:min-h-9">
        <History aria-hidden className="size-4 text-muted-foreground" />
        What it would have done in the last 30 days
        {pending && <LoaderCircle aria-hidden className="ml-auto size-4 text-muted-foreground motion-safe:animate-spin" />}
      </h3>
      <div className="min-h-28 px-3 py-2.5 text-sm">
        {result !== undefined ? (
          <Result result={result} effect={effect} />
        ) : error !== null && error !== undefined ? (
          <div className="flex flex-wrap items-center gap-3">
            <p role="alert" className="text-bad">
              {sayError(error)}
            </p>
            <Button variant="outline" size="inline" onClick={again}>
              Try again
            </Button>
          </div>
        ) : (
          <p className="text-muted-foreground">{pending ? "Going through what was asked…" : "Shown as soon as the rule says something."}</p>
        )}
      </div>
    </section>
  );
}

function Result({ result, effect }: { readonly result: OperationOutput<"rules.rehearse">; readonly effect: RuleEffect }) {
  const now = useNow(60_000);
  const { considered, matched, calls } = result;
  if (matched === 0) {
    return (
      <p>
        It would have matched <strong className="font-semibold">none</strong> of {countWords(considered, "call")}.
        <span className="text-muted-foreground"> It still applies to what comes.</span>
      </p>
    );
  }
  const rows = calls.map((call) => ({ ...call, fate: fateOf(call.approval) }));
  const surprises = rows.filter((row) => isSurprise(row, effect));
  const others = rows.filter((row) => row.effect !== effect).length;
  const count = (fate: Fate) => rows.filter((row) => row.fate === fate).length;
  return (
    <>
      <p className="tabular-nums">
        It would have matched <strong className="font-semibold">{matched.toLocaleString("en")}</strong> of {countWords(considered, "call")}:{" "}
        {count("allowed")} were allowed, {count("denied")} denied, {count("other")} neither
        {matched > calls.length ? ` (of the newest ${calls.length}).` : "."}
        {others > 0 && ` ${countWords(others, "call")} would be decided by other rules.`}
      </p>
      {surprises.length > 0 && (
        <p className="mt-2 flex items-start gap-2 font-medium text-bad">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {effect === "allow"
            ? `${countWords(surprises.length, "call")} that somebody denied would have gone ahead. Look at ${surprises.length === 1 ? "it" : "them"} first.`
            : `${countWords(surprises.length, "call")} that somebody allowed would have been refused.`}
        </p>
      )}
      <ul className="mt-2 max-h-64 divide-y overflow-y-auto overscroll-contain border-t">
        {[...surprises, ...rows.filter((row) => !surprises.includes(row))].map((row) => (
          <CallRow key={`${row.approval.session_id}.${row.approval.approval_id}`} call={row} own={effect} now={now} />
        ))}
      </ul>
    </>
  );
}

interface RehearsedCall {
  readonly approval: Approval;
  readonly effect: RuleEffect;
  readonly fate: Fate;
}

interface CallRowProps {
  readonly call: RehearsedCall;
  /** The effect of the rule itself. */
  readonly own: RuleEffect;
  readonly now: number;
}

const FATES = { allowed: "allowed", denied: "denied" } as const;

function CallRow({ call, own, now }: CallRowProps) {
  const { approval, effect, fate } = call;
  const word = fate === "other" ? (approval.state === "open" ? "waits now" : "not answered") : FATES[fate];
  const bad = isSurprise(call, own);
  return (
    <li className={cn("grid grid-cols-[1fr_auto] gap-x-3 gap-y-0.5 py-2", bad && "-mx-3 bg-bad/8 px-3")}>
      <span className="min-w-0 font-mono text-[13px] [overflow-wrap:anywhere]">{summaryOf(cardOfApproval(approval))}</span>
      <span className={cn("font-medium text-xs", bad ? "text-bad" : fate === "allowed" ? "text-ok" : "text-muted-foreground")}>
        {word}
        {approval.by !== null && fate !== "other" && ` by ${approval.by}`}
      </span>
      <span className="col-span-2 text-muted-foreground text-xs">
        <span className={cn(effect !== own && "font-medium text-wait")}>{wouldWords(effect, own)}</span> · {approval.endpoint_name} ·{" "}
        {approval.session_title} · {listWords(Date.parse(approval.requested_at), now)}
      </span>
    </li>
  );
}
