/** What answering an approval writes, whoever answers: a person, a rule or the clock. */
import { randomUUID } from "node:crypto";
import type { Actor, ApprovalAnswers, ApprovalOption, EventDraft, OpenApproval, RuleText } from "@fairlead/protocol";
import type { NewCommand } from "../storage/contract.ts";

export interface GivenAnswer {
  readonly option: ApprovalOption;
  readonly reason?: string | undefined;
  readonly answers?: ApprovalAnswers | undefined;
  readonly rule_id?: string;
  readonly rule?: RuleText;
  readonly expired?: true;
  readonly by: Actor;
}

/** The event and the command that carries it to the agent; they belong in one transaction. */
export function answered(
  sessionId: string,
  { approval_id, turn_id, input_hash }: OpenApproval,
  { option, reason, answers, by, ...how }: GivenAnswer,
): { readonly draft: EventDraft; readonly command: NewCommand } {
  const said = {
    approval_id,
    option_id: option.id,
    ...(reason === undefined ? {} : { reason }),
    ...(answers === undefined ? {} : { answers }),
  };
  return {
    draft: {
      type: "approval.resolved",
      ...said,
      option_kind: option.kind,
      ...how,
      by,
      ...(turn_id === undefined ? {} : { turn_id }),
    },
    command: {
      command: {
        id: randomUUID(),
        session_id: sessionId,
        kind: "approval.answer",
        ...said,
        ...(input_hash === undefined ? {} : { input_hash }),
      },
    },
  };
}
