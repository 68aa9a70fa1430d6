import type { Approval } from "@fairlead/protocol";
import { expect, it } from "vitest";
import { cardOfApproval } from "./card-ask.ts";

const approval: Approval = {
  session_id: "s",
  approval_id: "a",
  session_title: "Work",
  endpoint_id: "e",
  endpoint_name: "Claude",
  runtime_name: "Workbench",
  turn_id: null,
  state: "answered",
  applied: true,
  request: {
    type: "approval.requested",
    approval_id: "a",
    tool: "Bash",
    title: "ls",
    options: [{ id: "yes", kind: "allow_once", label: "Yes" }],
  },
  requested_at: "2026-05-03T14:00:00.000Z",
  expires_at: null,
  resolved_at: "2026-05-03T14:00:00.000Z",
  option_id: "yes",
  option_kind: "allow_once",
  reason: null,
  answers: null,
  by: "ann",
  rule_id: "r",
};

it("shows of a question in the history the rule that decided it, as a session does", () => {
  const rule = { effect: "allow", when: { command: ["ls"] } } as const;
  expect(cardOfApproval({ ...approval, rule: { effect: "allow", when: { command: ["ls"] } } }).answer).toMatchObject({
    rule_id: "r",
    rule,
  });
  expect(cardOfApproval({ ...approval, rule: null }).answer).toHaveProperty("rule", null);
  // Of a hub that does not say it yet.
  expect(cardOfApproval(approval).answer).toHaveProperty("rule", null);
});
