/** From a question to a rule: the narrowest that would have allowed it, rehearsed, and once saved the question is answered too. */
"use client";
import { useQuery } from "@tanstack/react-query";
import { toast } from "sonner";
import type { AskOrigin, CardAsk } from "../approvals/card-ask.ts";
import { useAnswering } from "../approvals/use-answering.ts";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { offerOf } from "../text/ask-words.ts";
import { sayError } from "../text/refusals.ts";
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
  const answer = () => {
    if (allow !== undefined) give(allow.id);
    toast.success("The rule is saved, and this call goes ahead.");
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title="Always allow this"
        description={`The narrowest rule for what ${origin.agent === "" ? "the agent" : origin.agent} asks. Widen it if you want to.`}
        className={RULE_SHEET}
      >
        {proposal.data !== undefined ? (
          <RuleEditor begin={formOf(proposal.data)} action="Save rule and allow" onSaved={answer} onClose={onClose} />
        ) : proposal.isError ? (
          <div className="px-5 pt-3 pb-6">
            <p role="alert" className="text-sm">
              No rule can be made of this call. {sayError(proposal.error)}
            </p>
            <Button variant="outline" className="mt-4" onClick={onClose}>
              Back
            </Button>
          </div>
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
