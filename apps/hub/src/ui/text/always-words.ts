/** What becomes of a question when a rule is saved from it: what the rule says, and no more than this once. */
import type { ApprovalOption, ApprovalOptionKind, RuleEffect } from "@fairlead/protocol";

export interface SavingOutcome {
  /** What the button says. */
  readonly action: string;
  /** The answer that is given; undefined: the question stays open. */
  readonly option: ApprovalOption | undefined;
  /** What is said when it is done. */
  readonly done: string;
}

const ANSWERS: Readonly<Record<RuleEffect, ApprovalOptionKind | undefined>> = { allow: "allow_once", deny: "reject_once", ask: undefined };

export function outcomeOfSaving(effect: RuleEffect, options: readonly ApprovalOption[]): SavingOutcome {
  const option = options.find(({ kind }) => kind === ANSWERS[effect]);
  if (option === undefined) return { action: "Save rule", option, done: "The rule is saved. This question still waits for an answer." };
  return effect === "allow"
    ? { action: "Save rule and allow", option, done: "The rule is saved, and this call goes ahead." }
    : { action: "Save rule and deny", option, done: "The rule is saved, and this call is denied." };
}
