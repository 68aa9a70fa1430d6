/** A rule being written: its sentence, its conditions, and its rehearsal, without which nothing is allowed to be allowed. */
"use client";
import type { Rule, RuleDraft, RuleEffect } from "@fairlead/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle, TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { useEndpoints, useMe } from "../hooks/use-lists.ts";
import { sayError } from "../text/refusals.ts";
import { draftOf, formOf, type RuleForm } from "../text/rule-form.ts";
import { cautionOf } from "../text/rule-words.ts";
import { Rehearsal } from "./Rehearsal.tsx";
import { RuleFields } from "./RuleFields.tsx";
import { Sentence } from "./Sentence.tsx";
import { useRehearsal } from "./use-rehearsal.ts";

export const RULE_SHEET = "max-h-[92dvh] sm:top-[5vh] sm:w-[min(42rem,calc(100vw-2rem))]";

interface RuleSheetProps {
  /** Where the form begins: an empty one, a proposal, or a rule to change. */
  readonly begin: RuleForm;
  /** The rule being changed; absent: a new one. */
  readonly rule?: Rule | undefined;
  readonly onClose: () => void;
}

export function RuleSheet({ begin, rule, onClose }: RuleSheetProps) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title={rule === undefined ? "New rule" : "Change a rule"} className={RULE_SHEET}>
        <RuleEditor begin={begin} rule={rule} action={() => (rule === undefined ? "Save rule" : "Save changes")} onClose={onClose} />
      </DialogContent>
    </Dialog>
  );
}

interface RuleEditorProps extends RuleSheetProps {
  /** What the button says, by the effect that is chosen. */
  readonly action: (effect: RuleEffect) => string;
  readonly onSaved?: (effect: RuleEffect) => void;
}

export function RuleEditor({ begin, rule, action, onSaved, onClose }: RuleEditorProps) {
  const [form, setForm] = useState(begin);
  const { draft, problem } = useMemo(() => draftOf(form), [form]);
  const rehearsal = useRehearsal(draft, rule?.id);
  const admin = useMe()?.role === "admin";
  const save = useSaveRule(rule, ({ effect }) => {
    onSaved?.(effect);
    onClose();
  });
  // A form that begins empty has nothing to rehearse before its fields are filled.
  const [isBlank] = useState(draft === undefined);
  const tried = <Rehearsal rehearsal={rehearsal} effect={form.effect} />;
  const rehearsed = draft?.effect !== "allow" || rehearsal.result !== undefined;
  const changed = rule === undefined || JSON.stringify(formOf(rule)) !== JSON.stringify(form);
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft !== undefined && rehearsed) save.mutate(draft);
      }}
    >
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto overscroll-contain px-5 pt-3 pb-5">
        <div className="min-h-14 shrink-0 rounded-lg border border-primary/40 bg-accent/50 px-3 py-2.5 text-[0.9375rem] leading-relaxed">
          {draft === undefined ? <p className="text-muted-foreground">{problem}</p> : <DraftSentence draft={draft} />}
        </div>
        {!isBlank && tried}
        <RuleFields form={form} onChange={setForm} admin={admin} />
        {isBlank && tried}
      </div>
      <footer className="grid grid-cols-2 gap-2 border-t sm:flex sm:items-center sm:justify-end bg-popover px-5 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <p role="status" className="col-span-2 min-w-0 text-muted-foreground text-xs empty:hidden sm:flex-1">
          {save.isError ? (
            <span className="text-bad">{sayError(save.error)}</span>
          ) : (
            draft !== undefined && !rehearsed && "Saved only after its rehearsal is shown."
          )}
        </p>
        <Button variant="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={draft === undefined || !rehearsed || !changed || save.isPending}>
          {save.isPending && <LoaderCircle aria-hidden className="motion-safe:animate-spin" />}
          {action(form.effect)}
        </Button>
      </footer>
    </form>
  );
}

function DraftSentence({ draft }: { readonly draft: RuleDraft }) {
  const endpoints = useEndpoints().items;
  const caution = cautionOf(draft);
  return (
    <>
      <p>
        <Sentence draft={draft} agent={endpoints.find((endpoint) => endpoint.id === draft.when.endpoint_id)?.name} />
      </p>
      {caution !== "" && (
        <p className="mt-1.5 flex items-start gap-2 text-sm text-wait">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {caution}
        </p>
      )}
    </>
  );
}

function useSaveRule(rule: Rule | undefined, onSuccess: (saved: Rule) => void) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const options = {
    onSuccess: (saved: Rule) => {
      onSuccess(saved);
      return queries.invalidateQueries({ queryKey: trpc.rules.list.queryKey() });
    },
  };
  const create = useMutation(trpc.rules.create.mutationOptions(options));
  const update = useMutation(trpc.rules.update.mutationOptions(options));
  const { isPending, isError, error } = rule === undefined ? create : update;
  return {
    isPending,
    isError,
    error,
    mutate: (draft: RuleDraft) => (rule === undefined ? create.mutate(draft) : update.mutate({ rule_id: rule.id, draft })),
  };
}
