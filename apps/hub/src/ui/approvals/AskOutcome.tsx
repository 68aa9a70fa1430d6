/** What became of a question, in one line: who answered, when, and whether the agent has heard it. */
"use client";
import { Ban, Check, X } from "lucide-react";
import { cn } from "../cn.ts";
import { useHub } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import { useStore } from "../hooks/use-store.ts";
import { Sentence } from "../rules/Sentence.tsx";
import { type Outcome, outcomeOf } from "../text/answer-words.ts";
import type { AskOrigin, CardAsk } from "./card-ask.ts";
import { useAnswering } from "./use-answering.ts";

const LOOKS = {
  allowed: { Icon: Check, ink: "text-ok" },
  denied: { Icon: X, ink: "text-bad" },
  void: { Icon: Ban, ink: "text-muted-foreground" },
} as const;

export function AskOutcome({ ask, origin }: { readonly ask: CardAsk; readonly origin: AskOrigin }) {
  const now = useNow(30_000);
  const outcome = outcomeOf({ ask, machine: origin.machine, runtimeAway: origin.away, now });
  if (outcome === undefined) return null;
  const { Icon, ink } = LOOKS[outcome.tone];
  return (
    <div className="flex flex-col gap-1 text-sm">
      <p className="flex items-start gap-2">
        <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
        <span className="min-w-0 [overflow-wrap:anywhere]">
          <span className="font-medium">{outcome.text}</span>
          <span className="text-muted-foreground">{tailOf(outcome)}</span>
        </span>
      </p>
      {ask.answer !== null && ask.answer.rule !== null && (
        <p className="pl-6 text-muted-foreground">
          The rule then: <Sentence draft={ask.answer.rule} agent={origin.agent} />
        </p>
      )}
      <Second ask={ask} />
      {outcome.reason !== "" && <p className="whitespace-pre-wrap pl-6 text-muted-foreground [overflow-wrap:anywhere]">{outcome.reason}</p>}
      {ask.answer?.answers !== null && ask.answer?.answers !== undefined && <Said ask={ask} />}
    </div>
  );
}

function tailOf({ when, delivery }: Outcome): string {
  return [when, delivery]
    .filter((part) => part !== "")
    .map((part) => ` · ${part}`)
    .join("");
}

/** For somebody whose own answer came after another's. */
function Second({ ask }: { readonly ask: CardAsk }) {
  const { entry } = useAnswering(ask);
  const me = useStore(useHub().socket.status).user;
  const { answer } = ask;
  if (entry?.state !== "refused" || answer === null || answer.by.id === me?.id || answer.by.name === me?.username) return null;
  const mine = ask.options.find((option) => option.id === entry.answer.option_id)?.label ?? "another answer";
  return (
    <p role="alert" className="pl-6 font-medium text-wait">
      {answer.by.name} was first. Your “{mine}” was not taken.
    </p>
  );
}

function Said({ ask }: { readonly ask: CardAsk }) {
  return (
    <dl className="flex flex-col gap-1.5 pl-6">
      {ask.questions.map((question) => (
        <div key={question.id}>
          <dt className="text-muted-foreground text-xs">{question.question}</dt>
          <dd className="font-medium [overflow-wrap:anywhere]">{ask.answer?.answers?.[question.id]?.join(", ") ?? "—"}</dd>
        </div>
      ))}
    </dl>
  );
}
