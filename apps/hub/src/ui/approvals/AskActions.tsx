/** The answers a question offers, by what they mean; locked from the first press until the hub has spoken. */
"use client";
import type { ApprovalOption } from "@fairlead/protocol";
import { Check, LoaderCircle, X } from "lucide-react";
import { useState } from "react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { useStore } from "../hooks/use-store.ts";
import { allows, offerOf } from "../text/ask-words.ts";
import { AnswerNote } from "./AnswerNote.tsx";
import { useAlways } from "./always.tsx";
import type { AskOrigin, CardAsk } from "./card-ask.ts";
import { QuestionForm, useQuestionDraft } from "./QuestionForm.tsx";
import { ReasonForm } from "./ReasonForm.tsx";
import { useAnswering } from "./use-answering.ts";

interface AskActionsProps {
  readonly ask: CardAsk;
  readonly origin: AskOrigin;
}

export function AskActions({ ask, origin }: AskActionsProps) {
  const { entry, locked, give, takeBack } = useAnswering(ask);
  const [explaining, setExplaining] = useState(false);
  const draft = useQuestionDraft(ask.questions);
  const connected = useStore(useHub().socket.status).state === "live";
  const openAlways = useAlways();
  const { allow, deny, others } = offerOf(ask.options);
  const chosen = locked ? entry?.answer.option_id : undefined;
  const incomplete = ask.questions.length > 0 && draft.answers === undefined;

  const choose = (option: ApprovalOption) => {
    const said = allows(option) && draft.answers !== undefined && ask.questions.length > 0 ? { answers: draft.answers } : {};
    give(option.id, said);
  };
  const button = (option: ApprovalOption, look: Pick<AnswerButtonProps, "variant" | "act" | "keyHint">) => (
    <AnswerButton
      key={option.id}
      option={option}
      {...look}
      sending={chosen === option.id && entry?.state !== "waiting"}
      disabled={locked || (allows(option) && incomplete)}
      onClick={() => choose(option)}
    />
  );
  const isCall = ask.questions.length === 0 && ask.plan === null && ask.input_hash !== null;
  const mayRule = origin.mine && isCall && allow?.kind === "allow_once";

  return (
    <div className="flex flex-col gap-3">
      {ask.questions.length > 0 && <QuestionForm questions={ask.questions} draft={draft} disabled={locked} />}
      {explaining && deny !== undefined && !locked ? (
        <ReasonForm
          label={deny.label}
          onCancel={() => setExplaining(false)}
          onSend={(reason) => {
            setExplaining(false);
            give(deny.id, { reason });
          }}
        />
      ) : (
        <>
          <div className="flex flex-wrap gap-2">
            {allow !== undefined && button(allow, { variant: "primary", act: "allow", keyHint: "A" })}
            {deny !== undefined && button(deny, { variant: "outline", act: "deny", keyHint: "D" })}
            {others.map((option) => button(option, { variant: allows(option) ? "secondary" : "outline" }))}
          </div>
          {!locked && (deny !== undefined || mayRule) && (
            <div className="-mx-2 -my-1 flex flex-wrap gap-x-1">
              {deny !== undefined && (
                <Button variant="ghost" size="inline" data-ask-act="reason" className={QUIET} onClick={() => setExplaining(true)}>
                  Deny with a reason…
                </Button>
              )}
              {mayRule && (
                <Button variant="ghost" size="inline" className={QUIET} disabled={!connected} onClick={() => openAlways(ask, origin)}>
                  Always allow…
                </Button>
              )}
            </div>
          )}
        </>
      )}
      {incomplete && !locked && <p className="text-muted-foreground text-xs">Answer each question, then send.</p>}
      <AnswerNote ask={ask} entry={entry} origin={origin} onTakeBack={takeBack} />
    </div>
  );
}

const QUIET = "px-2 text-muted-foreground hover:text-foreground";

interface AnswerButtonProps {
  readonly option: ApprovalOption;
  readonly variant: "primary" | "secondary" | "outline";
  /** What the keyboard calls it. */
  readonly act?: "allow" | "deny";
  readonly keyHint?: string;
  readonly sending: boolean;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function AnswerButton({ option, variant, act, keyHint, sending, disabled, onClick }: AnswerButtonProps) {
  const Icon = sending ? LoaderCircle : allows(option) ? Check : X;
  return (
    <Button
      variant={variant}
      disabled={disabled}
      data-ask-act={act}
      aria-keyshortcuts={keyHint}
      onClick={onClick}
      className="h-auto min-h-11 min-w-32 flex-1 whitespace-normal py-2 sm:flex-none md:h-auto md:min-h-9 md:py-1.5"
    >
      <Icon aria-hidden className={cn(sending && "motion-safe:animate-spin")} />
      {sending ? "Sending…" : option.label}
      {keyHint !== undefined && (
        <span aria-hidden className="ml-0.5 hidden font-mono text-[11px] opacity-60 [@media(hover:hover)_and_(pointer:fine)]:inline">
          {keyHint}
        </span>
      )}
    </Button>
  );
}
