/** What a rehearsed rule would have done with a call, beside what became of it then. */
import { type Approval, isAllowing, type RuleEffect } from "@fairlead/protocol";

export type Fate = "allowed" | "denied" | "other";

export function fateOf({ option_kind, state }: Pick<Approval, "option_kind" | "state">): Fate {
  if (option_kind === null || state === "open" || state === "withdrawn") return "other";
  return isAllowing(option_kind) ? "allowed" : "denied";
}

/** A call that a rule matches, what became of it, and the effect that all rules together would have on it now. */
export interface Rehearsed {
  readonly fate: Fate;
  readonly effect: RuleEffect;
}

/** Whether somebody decided the other way than this rule would. `own`: the rule's effect; where others decide, it changes nothing. */
export function isSurprise({ fate, effect }: Rehearsed, own: RuleEffect): boolean {
  return effect === own && ((effect === "allow" && fate === "denied") || (effect === "deny" && fate === "allowed"));
}

const WOULD: Readonly<Record<RuleEffect, string>> = {
  allow: "would go ahead",
  ask: "would be asked",
  deny: "would be refused",
};

/** `would go ahead`; where other rules make it another effect than the rule's own, that is said. */
export function wouldWords(effect: RuleEffect, own: RuleEffect): string {
  return effect === own ? WOULD[effect] : `${WOULD[effect]} all the same`;
}
