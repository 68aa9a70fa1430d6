/** A question an agent waits on: what, with which tool, on what, and the answers it offers. */
"use client";
import type { ApprovalBlock } from "@fairlead/client";
import type { ApprovalOption } from "@fairlead/protocol";
import { Check, ShieldQuestionMark, X } from "lucide-react";
import { memo, useState } from "react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { clockWords } from "../text/time-words.ts";

interface ApprovalCardProps {
  readonly block: ApprovalBlock;
  /** Absent where the viewer may only look. Rejects with the hub's refusal. */
  readonly onAnswer?: ((approvalId: string, optionId: string) => Promise<void>) | undefined;
}

const ALLOWS: readonly ApprovalOption["kind"][] = ["allow_once", "allow_always"];

export const ApprovalCard = memo(function ApprovalCard({ block, onAnswer }: ApprovalCardProps) {
  const open = block.status === "open";
  return (
    <section
      aria-label={open ? "The agent asks for approval" : "Approval"}
      className={cn("rounded-xl border bg-card p-3.5", open && "border-wait/70 shadow-sm ring-1 ring-wait/30")}
    >
      <div className="flex items-start gap-3">
        <ShieldQuestionMark aria-hidden className={cn("mt-0.5 size-5 shrink-0", open ? "text-wait" : "text-muted-foreground")} />
        <div className="min-w-0 flex-1">
          <p className="text-muted-foreground text-xs">
            {open ? "Waiting for your answer · " : ""}
            <span className="font-mono">{block.tool}</span>
          </p>
          <h3 className="mt-0.5 break-words font-medium text-sm [overflow-wrap:anywhere]">{block.title}</h3>
          {block.detail !== null && (
            <pre className="mt-2 max-h-64 overflow-auto whitespace-pre-wrap break-words rounded-md bg-code px-2.5 py-2 font-mono text-[13px] text-code-foreground [overflow-wrap:anywhere]">
              {block.detail}
            </pre>
          )}
          {open ? <Answers block={block} onAnswer={onAnswer} /> : <Outcome block={block} />}
        </div>
      </div>
    </section>
  );
});

function Answers({ block, onAnswer }: ApprovalCardProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [refusal, setRefusal] = useState("");
  if (onAnswer === undefined) return <p className="mt-2 text-muted-foreground text-sm">Only the session's owner may answer.</p>;
  const answer = (optionId: string) => {
    setChosen(optionId);
    setRefusal("");
    onAnswer(block.approval_id, optionId).catch((error: unknown) => {
      setChosen(null);
      setRefusal(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <>
      <div className="mt-3 flex flex-col gap-2 sm:flex-row sm:flex-wrap">
        {block.options.map((option) => (
          <Button
            key={option.id}
            variant={ALLOWS.includes(option.kind) ? (option.kind === "allow_once" ? "primary" : "secondary") : "outline"}
            disabled={chosen !== null}
            onClick={() => answer(option.id)}
          >
            {ALLOWS.includes(option.kind) ? <Check aria-hidden /> : <X aria-hidden />}
            {chosen === option.id ? "Answering…" : option.label}
          </Button>
        ))}
      </div>
      {refusal !== "" && (
        <p role="alert" className="mt-2 text-bad text-sm">
          {refusal}
        </p>
      )}
    </>
  );
}

function Outcome({ block }: { readonly block: ApprovalBlock }) {
  if (block.answer === null) {
    return (
      <p className="mt-1.5 text-muted-foreground text-sm">
        No longer asked{block.withdrawn_reason === null ? "." : `: ${block.withdrawn_reason}`}
      </p>
    );
  }
  const option = block.options.find((candidate) => candidate.id === block.answer?.option_id);
  const allowed = option !== undefined && ALLOWS.includes(option.kind);
  const Icon = allowed ? Check : X;
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-1.5 text-sm">
      <Icon aria-hidden className={cn("size-4", allowed ? "text-ok" : "text-bad")} />
      <span className="font-medium">{option?.label ?? block.answer.option_id}</span>
      <span className="text-muted-foreground">
        by {block.answer.by.name} at {clockWords(block.answer.at)}
      </span>
      {block.answer.reason !== null && <span className="text-muted-foreground">— {block.answer.reason}</span>}
    </p>
  );
}
