/** From a question to a rule: the narrowest that would have allowed it, rehearsed, and once saved the question is answered as it says. */
"use client";
import type { RuleEffect } from "@fairlead/protocol";
import { useQuery } from "@tanstack/react-query";
import { toast } from "sonner";
import type { AskOrigin, CardAsk } from "../approvals/card-ask.ts";
import { useAnswering } from "../approvals/use-answering.ts";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { outcomeOfSaving } from "../text/always-words.ts";
import { offerOf } from "../text/ask-words.ts";
import { mayRetry, sayError } from "../text/refusals.ts";
import { formOf } from "../text/rule-form.ts";
import { RULE_SHEET, RuleEditor } from "./RuleSheet.tsx";

interface AlwaysSheetProps {
  readonly ask: CardAsk;
  readonly origin: AskOrigin;
  readonly onClose: () => void;
}

export function AlwaysSheet({ ask, origin, onClose }: AlwaysSheetProps) {
  const trpc = useTRPC();
  const { session_id, approval_id } = ask;
  const proposal = useQuery(trpc.approvals.propose_rule.queryOptions({ session_id, approval_id }, { staleTime: Number.POSITIVE_INFINITY }));
  const { give } = useAnswering(ask);
  const { allow } = offerOf(ask.options);
  const settle = (effect: RuleEffect) => {
    const { option, done } = outcomeOfSaving(effect, ask.options);
    if (option !== undefined) give(option.id);
    toast.success(done);
  };
  const allowOnce = () => {
    if (allow !== undefined) give(allow.id);
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title="Always allow this"
        description={`The narrowest rule for what ${origin.agent === "" ? "the agent" : origin.agent} asks. Widen it if you want to.`}
        className={RULE_SHEET}
      >
        {proposal.data !== undefined ? (
          <RuleEditor
            begin={formOf(proposal.data)}
            action={(effect) => outcomeOfSaving(effect, ask.options).action}
            onSaved={settle}
            onClose={onClose}
          />
        ) : proposal.isError ? (
          <NoRule error={proposal.error} retry={proposal.refetch} onClose={onClose} {...(allow === undefined ? {} : { allowOnce })} />
        ) : (
          <div role="status" aria-label="Looking for the narrowest rule" className="flex flex-col gap-3 px-5 pt-3 pb-6">
            <Skeleton className="h-14" />
            <Skeleton className="h-40" />
            <Skeleton className="h-28" />
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

interface NoRuleProps {
  readonly error: unknown;
  readonly retry: () => void;
  /** Left out where the agent offers no such answer. */
  readonly allowOnce?: () => void;
  readonly onClose: () => void;
}

/** Why there is no rule to begin from, and what can be done instead: nothing is saved, so that the next such call is asked about too. */
function NoRule({ error, retry, allowOnce, onClose }: NoRuleProps) {
  const isOurs = mayRetry(error);
  return (
    <div className="flex flex-col gap-4 px-5 pt-3 pb-6">
      <p role="alert" className="text-sm wrap-anywhere">
        {sayError(error)}
      </p>
      {!isOurs && <p className="text-sm text-muted-foreground">You are asked about such a call each time, as now.</p>}
      <div className="flex flex-wrap gap-2">
        {isOurs && <Button onClick={retry}>Try again</Button>}
        {!isOurs && allowOnce !== undefined && <Button onClick={allowOnce}>Allow once</Button>}
        <Button variant="outline" onClick={onClose}>
          Ask me each time
        </Button>
      </div>
    </div>
  );
}
