/** What the events of a session do to the rows of its approvals: worked out purely, one row or one change per approval and group. */
import { isAllowing, type SessionEvent, type SessionState } from "@fairlead/protocol";
import type { SessionRecord } from "./contract.ts";
import type { ApprovalChange, ApprovalOpened, ApprovalOutcome } from "./log-engine.ts";
import { storable } from "./log-rows.ts";

/** The approvals that one group of entries opens, and what it changes about older ones. */
export interface ApprovalBook {
  readonly opened: Map<string, ApprovalOpened>;
  readonly changed: Map<string, ApprovalChange>;
}

/** What happened to a session's state by one event; `text` is the event as it is stored. */
export interface ApprovalStep {
  readonly event: SessionEvent;
  readonly text: string;
  readonly before: SessionState;
  readonly after: SessionState;
}

export function createApprovalBook(): ApprovalBook {
  return { opened: new Map(), changed: new Map() };
}

/** Whether somebody who looks at the list of approvals would see another one now. */
export function isNews({ opened, changed }: ApprovalBook): boolean {
  return changed.size > 0 || [...opened.values()].some(({ state }) => state === "open");
}

/** Later steps of one approval join the earlier ones. `expiresIn`: ms after which nobody's answer is waited for; undefined: never. */
export function noteApproval(
  book: ApprovalBook,
  step: ApprovalStep,
  context: { readonly record: SessionRecord; readonly expiresIn: number | undefined },
): void {
  const { event, before, after } = step;
  if (event.type === "approval.requested") open(book, { ...step, event }, context);
  else if (event.type === "approval.resolved") change(book, event, resolutionOf(event));
  else if ("approval_id" in event && !isOpen(before, event.approval_id)) {
    if (event.type === "approval.applied") change(book, event, { applied: true });
    // Withdrawn: it was answered meanwhile, and the agent stopped waiting before the answer came.
    else change(book, event, { state: "superseded", reason: event.reason });
  }
  if (before.approvals === after.approvals) return;
  for (const { approval_id } of before.approvals) {
    if (isOpen(after, approval_id) || ("approval_id" in event && event.type !== "approval.withdrawn")) continue;
    change(
      book,
      { session_id: event.session_id, approval_id },
      { state: "withdrawn", resolvedAt: event.at, reason: event.type === "approval.withdrawn" ? event.reason : ENDED[event.type] },
    );
  }
}

const ENDED: Readonly<Partial<Record<SessionEvent["type"], string>>> = {
  "session.closed": "the session was closed",
  "turn.completed": "its turn has ended",
  "turn.failed": "its turn has failed",
};

function isOpen({ approvals }: SessionState, approvalId: string): boolean {
  return approvals.some(({ approval_id }) => approval_id === approvalId);
}

const UNANSWERED: ApprovalOutcome = {
  applied: false,
  resolvedAt: null,
  optionId: null,
  optionKind: null,
  reason: null,
  answers: null,
  by: null,
  ruleId: null,
  rule: null,
};

function open(
  { opened, changed }: ApprovalBook,
  { event, text }: ApprovalStep & { readonly event: Extract<SessionEvent, { type: "approval.requested" }> },
  { record, expiresIn }: { readonly record: SessionRecord; readonly expiresIn: number | undefined },
): void {
  // Nothing is allowed by waiting, so that what offers no way to say no waits for ever.
  const mayExpire = event.options.some(({ kind }) => !isAllowing(kind));
  // Asked once more under the same id: what was known of the earlier question is gone.
  changed.delete(event.approval_id);
  opened.set(event.approval_id, {
    ...UNANSWERED,
    sessionId: record.id,
    approvalId: event.approval_id,
    userId: record.user_id,
    endpointId: record.endpoint_id,
    runtimeId: record.runtime_id,
    turnId: event.turn_id ?? null,
    state: "open",
    tool: storable(event.tool),
    kind: event.kind ?? null,
    inputHash: event.input_hash ?? null,
    data: text,
    requestedAt: event.at,
    expiresAt: expiresIn === undefined || !mayExpire ? null : event.at + expiresIn,
  });
}

type Step = Partial<ApprovalOutcome> & { readonly state?: ApprovalChange["state"] };

function resolutionOf(event: Extract<SessionEvent, { type: "approval.resolved" }>): Step {
  return {
    state: event.expired === true ? "expired" : "answered",
    resolvedAt: event.at,
    optionId: storable(event.option_id),
    optionKind: event.option_kind ?? null,
    reason: event.reason === undefined ? null : event.reason,
    answers: event.answers === undefined ? null : JSON.stringify(event.answers),
    by: storable(event.by.name),
    ruleId: event.rule_id ?? null,
    rule: event.rule === undefined ? null : JSON.stringify(event.rule),
  };
}

function change(
  { opened, changed }: ApprovalBook,
  { session_id: sessionId, approval_id: approvalId }: { readonly session_id: string; readonly approval_id: string },
  step: Step,
): void {
  const said = typeof step.reason === "string" ? { ...step, reason: storable(step.reason) } : step;
  const fresh = opened.get(approvalId);
  const known = changed.get(approvalId) ?? { ...UNANSWERED, sessionId, approvalId, state: null };
  const present = fresh ?? known;
  // Only an answer is applied or superseded, and only one of the two: the first that was told stands.
  const isLate = said.state === "superseded" || said.applied === true;
  if (isLate && (present.applied || !(present.state === null || present.state === "answered" || present.state === "expired"))) return;
  if (fresh === undefined) changed.set(approvalId, { ...known, ...said, state: said.state ?? known.state });
  else opened.set(approvalId, { ...fresh, ...said, state: said.state ?? fresh.state });
}
