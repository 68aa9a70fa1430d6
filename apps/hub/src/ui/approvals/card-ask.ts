/** A question as its card holds it, whether it was read from a session's log or from the list of approvals. */
import { type ApprovalBlock, type Ask, type AskAnswer, askOf } from "@fairlead/client";
import type { Approval } from "@fairlead/protocol";

export interface CardAsk extends Ask {
  readonly session_id: string;
  /** When it was asked (ms since the epoch). */
  readonly at: number;
  readonly expires_at: number | null;
  readonly status: ApprovalBlock["status"];
  readonly answer: AskAnswer | null;
  readonly applied: boolean;
  readonly withdrawn_reason: string | null;
  readonly superseded_reason: string | null;
}

/** Whose question it is, in names. */
export interface AskOrigin {
  /** Asked in a session of the viewer's own, where rules of theirs hold. */
  readonly mine: boolean;
  readonly agent: string;
  readonly machine: string;
  readonly session: string;
  /** The machine cannot be reached: an answer is kept until it returns. */
  readonly away: boolean;
}

export function cardOfBlock(sessionId: string, block: ApprovalBlock): CardAsk {
  return { ...block, session_id: sessionId, expires_at: null };
}

export function cardOfApproval(approval: Approval): CardAsk {
  return {
    ...askOf(approval.request),
    session_id: approval.session_id,
    at: Date.parse(approval.requested_at),
    expires_at: approval.expires_at === null ? null : Date.parse(approval.expires_at),
    status: approval.state === "expired" ? "answered" : approval.state,
    answer: answerOf(approval),
    applied: approval.applied,
    withdrawn_reason: approval.state === "withdrawn" ? approval.reason : null,
    superseded_reason: null,
  };
}

function answerOf(approval: Approval): AskAnswer | null {
  const { option_id, option_kind, reason, answers, rule_id, rule = null, by, resolved_at, state } = approval;
  if (option_id === null || resolved_at === null) return null;
  const name = by ?? "the hub";
  const expired = state === "expired";
  return { option_id, option_kind, reason, answers, rule_id, rule, expired, by: { id: name, name }, at: Date.parse(resolved_at) };
}
