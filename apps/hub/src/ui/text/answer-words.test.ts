import { describe, expect, it } from "vitest";
import { type OutcomeFacts, outcomeOf } from "./answer-words.ts";

const now = new Date(2026, 4, 3, 15, 0).getTime();
const at = new Date(2026, 4, 3, 14, 3).getTime();
const options = [
  { id: "yes", kind: "allow_once", label: "Yes" },
  { id: "no", kind: "reject_once", label: "No" },
] as const;
const answer = {
  option_id: "yes",
  option_kind: "allow_once",
  reason: null,
  answers: null,
  rule_id: null,
  expired: false,
  by: { id: "u1", name: "Ann" },
  at,
} as const;

function outcome(change: Partial<OutcomeFacts["ask"]>, runtimeAway = false, moment = now) {
  const ask = {
    status: "answered",
    answer,
    applied: true,
    options,
    withdrawn_reason: null,
    superseded_reason: null,
    questions: [],
  } as const;
  return outcomeOf({ ask: { ...ask, ...change }, machine: "Workbench", runtimeAway, now: moment });
}

describe("what became of a question", () => {
  it("says who, when, and that the agent has it", () => {
    expect(outcome({})).toEqual({ tone: "allowed", text: "Allowed by Ann", when: "14:03", delivery: "delivered to the agent", reason: "" });
    expect(outcome({ answer: { ...answer, option_id: "no", option_kind: null, reason: "not now" } })).toMatchObject({
      tone: "denied",
      text: "Denied by Ann",
      reason: "not now",
    });
  });

  it("says that an answer waits for the machine, and nothing when nothing is known", () => {
    expect(outcome({ applied: false }, true)?.delivery).toBe("delivered when Workbench is back");
    expect(outcome({ applied: false }, false, at + 1_000)?.delivery).toBe("on its way to the agent");
    expect(outcome({ applied: false })?.delivery).toBe("");
  });

  it("says why an answer did nothing", () => {
    expect(outcome({ status: "superseded", superseded_reason: "the agent was restarted" })).toMatchObject({
      tone: "void",
      text: "Allowed by Ann",
      delivery: "not known to have done anything: the agent was restarted",
    });
    expect(outcome({ status: "withdrawn", answer: null, withdrawn_reason: "the turn was stopped" })).toMatchObject({
      tone: "void",
      text: "No longer asked",
      reason: "the turn was stopped",
    });
    expect(outcome({ status: "open", answer: null })).toBeUndefined();
  });

  it("tells rules and the clock from people", () => {
    expect(outcome({ answer: { ...answer, rule_id: "r1" } })?.text).toBe("Allowed by a rule of Ann");
    expect(outcome({ answer: { ...answer, option_id: "no", option_kind: "reject_once", expired: true } })?.text).toBe(
      "Denied, because nobody answered in time",
    );
    expect(outcome({ answer: { ...answer, option_kind: "allow_always" } })?.text).toBe("Allowed for good by Ann");
  });
});
