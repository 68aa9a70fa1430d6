/** How an approval stands in a timeline: asked, answered, delivered, or overtaken; each event changes the one block. */
import type { ApprovalRequested } from "@fairlead/protocol";
import type { ApprovalBlock, Ask, AskAnswer } from "./blocks.ts";
import { base, type EventOf } from "./view-draft.ts";

/** The events that are about one approval. */
export type ApprovalEvent = EventOf<
  "approval.requested" | "approval.resolved" | "approval.withdrawn" | "approval.applied" | "approval.superseded"
>;

/** What is asked, from the words of the log or of `approvals.list`. */
export function askOf(request: ApprovalRequested): Ask {
  return {
    approval_id: request.approval_id,
    tool: request.tool,
    title: request.title,
    kind: request.kind ?? null,
    detail: request.detail ?? null,
    options: request.options,
    tool_call_id: request.tool_call_id ?? null,
    input: request.input ?? null,
    input_hash: request.input_hash ?? null,
    input_truncated: request.input_truncated ?? false,
    content: request.content ?? [],
    subject: request.subject ?? null,
    questions: request.questions ?? [],
    plan: request.plan ?? null,
  };
}

export function approvalKey(approvalId: string): string {
  return `approval:${approvalId}`;
}

/** The block of a question just asked. */
export function openApproval(event: EventOf<"approval.requested">): ApprovalBlock {
  return {
    ...base(event, approvalKey(event.approval_id)),
    type: "approval",
    ...askOf(event),
    status: "open",
    answer: null,
    applied: false,
    withdrawn_reason: null,
    superseded_reason: null,
  };
}

/** The block after a further event about it; the same block if the event comes too late to change it. */
export function changeApproval(block: ApprovalBlock, event: Exclude<ApprovalEvent, EventOf<"approval.requested">>): ApprovalBlock {
  const last_seq = event.seq;
  switch (event.type) {
    case "approval.resolved":
      return block.status === "open" ? { ...block, last_seq, status: "answered", answer: answerOf(event) } : block;
    case "approval.withdrawn":
      return block.status === "open" ? { ...block, last_seq, status: "withdrawn", withdrawn_reason: event.reason } : block;
    case "approval.applied":
      return block.status === "answered" && !block.applied ? { ...block, last_seq, applied: true } : block;
    case "approval.superseded":
      return block.status === "answered" ? { ...block, last_seq, status: "superseded", superseded_reason: event.reason } : block;
  }
}

function answerOf(event: EventOf<"approval.resolved">): AskAnswer {
  return {
    option_id: event.option_id,
    option_kind: event.option_kind ?? null,
    reason: event.reason ?? null,
    answers: event.answers ?? null,
    rule_id: event.rule_id ?? null,
    rule: event.rule ?? null,
    expired: event.expired ?? false,
    by: event.by,
    at: event.at,
  };
}
