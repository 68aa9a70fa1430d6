/** What became of a question: who answered, whether the agent has heard it, and why not. */
import type { ApprovalBlock, AskAnswer } from "@fairlead/client";
import { isAllowing } from "@fairlead/protocol";
import { clockWords, dayWords } from "./time-words.ts";

export interface OutcomeFacts {
  readonly ask: Pick<ApprovalBlock, "status" | "answer" | "applied" | "options" | "withdrawn_reason" | "superseded_reason" | "questions">;
  readonly machine: string;
  readonly runtimeAway: boolean;
  /** The hub's clock (ms). */
  readonly now: number;
}

export interface Outcome {
  readonly tone: "allowed" | "denied" | "void";
  /** `Allowed by Ann`. */
  readonly text: string;
  /** `14:03`. */
  readonly when: string;
  /** `delivered to the agent`; empty when there is nothing certain to say. */
  readonly delivery: string;
  readonly reason: string;
}

/** How long an answer is said to be on its way (ms); beyond that nothing certain is known of agents that never confirm. */
const HANDOVER_MS = 60_000;

/** Undefined while the question is open. */
export function outcomeOf({ ask, machine, runtimeAway, now }: OutcomeFacts): Outcome | undefined {
  const { answer } = ask;
  if (ask.status === "open") return undefined;
  if (answer === null) {
    const reason = ask.withdrawn_reason ?? "";
    return { tone: "void", text: "No longer asked", when: "", delivery: "", reason };
  }
  const allowed = wasAllowed(ask.options, answer);
  const when = dayWords(answer.at, now) === "Today" ? clockWords(answer.at) : `${dayWords(answer.at, now)}, ${clockWords(answer.at)}`;
  const said = { text: answeredWords(answer, { allowed, asked: ask.questions.length > 0 }), when, reason: answer.reason ?? "" };
  if (ask.status === "superseded") {
    const why = ask.superseded_reason ?? "";
    return { ...said, tone: "void", delivery: why === "" ? "came too late and did nothing" : `not known to have done anything: ${why}` };
  }
  return { ...said, tone: allowed ? "allowed" : "denied", delivery: deliveryOf(ask.applied, { answer, machine, runtimeAway, now }) };
}

function wasAllowed(options: OutcomeFacts["ask"]["options"], answer: AskAnswer): boolean {
  const kind = answer.option_kind ?? options.find((option) => option.id === answer.option_id)?.kind;
  return kind !== undefined && isAllowing(kind);
}

function answeredWords(answer: AskAnswer, { allowed, asked }: { readonly allowed: boolean; readonly asked: boolean }): string {
  if (answer.expired) return "Denied, because nobody answered in time";
  const verb = asked ? (allowed ? "Answered" : "Not answered") : allowed ? "Allowed" : "Denied";
  const always = answer.option_kind === "allow_always" || answer.option_kind === "reject_always" ? " for good" : "";
  return answer.rule_id === null ? `${verb}${always} by ${answer.by.name}` : `${verb} by a rule of ${answer.by.name}`;
}

function deliveryOf(
  applied: boolean,
  { answer, machine, runtimeAway, now }: { readonly answer: AskAnswer } & Pick<OutcomeFacts, "machine" | "runtimeAway" | "now">,
): string {
  if (applied) return "delivered to the agent";
  if (runtimeAway) return `delivered when ${machine === "" ? "the machine" : machine} is back`;
  return now - answer.at < HANDOVER_MS ? "on its way to the agent" : "";
}
