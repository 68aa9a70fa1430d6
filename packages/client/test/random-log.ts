/** Random but possible session logs for property tests: what hub and runtime could have written. */
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";

type Step = { readonly kind: number; readonly pick: number; readonly text: string };

const BY = { id: "u1", name: "anna" };
const KINDS = ["answer", "thought", "stdout", "stderr"] as const;

interface Progress {
  queue: string[];
  turn: string | null;
  open: string[];
  answered: string[];
  turns: number;
  messages: number;
  approvals: number;
  calls: number;
}

function endings(progress: Progress, step: Step, turn: string): EventDraft[] {
  progress.open = [];
  const outcome = step.pick % 4;
  if (outcome === 0) return [{ type: "turn.failed", turn_id: turn, error: { kind: "interrupted", message: step.text }, duration_ms: 5 }];
  if (outcome === 1) return [{ type: "turn.completed", turn_id: turn, stop_reason: "cancelled" }];
  return [{ type: "turn.completed", turn_id: turn, stop_reason: "end_turn", exit_code: step.pick }];
}

function post(progress: Progress): EventDraft[] {
  progress.turns += 1;
  const turn = `t${progress.turns}`;
  progress.queue.push(turn);
  return [{ type: "message.posted", message_id: `m${progress.turns}`, turn_id: turn, content: `say ${turn}`, by: BY }];
}

function startOrEnd(progress: Progress, step: Step): EventDraft[] {
  if (progress.turn !== null) {
    const turn = progress.turn;
    progress.turn = null;
    return endings(progress, step, turn);
  }
  const next = progress.queue.shift();
  if (next === undefined) return [{ type: "notice", level: "info", text: step.text }];
  if (step.pick === 9) return [{ type: "turn.failed", turn_id: next, error: { kind: "expired", message: "too late" } }];
  progress.turn = next;
  progress.messages += 1;
  return [{ type: "turn.started", turn_id: next }];
}

function speak(progress: Progress, step: Step): EventDraft[] {
  if (step.pick === 0) progress.messages += 1;
  const turn = progress.turn === null ? {} : { turn_id: progress.turn };
  const kind = KINDS[step.pick % 4] ?? "answer";
  const id = step.pick === 7 ? {} : { message_id: `a${progress.messages}` };
  return [{ type: "message.delta", kind, text: step.text, ...id, ...turn }];
}

function askOrAnswer(progress: Progress, step: Step): EventDraft[] {
  const answered = progress.answered.shift();
  if (answered !== undefined) {
    return step.pick % 3 === 0
      ? [{ type: "approval.superseded", approval_id: answered, reason: step.text }]
      : [{ type: "approval.applied", approval_id: answered }];
  }
  const open = progress.open.shift();
  if (open !== undefined) {
    if (step.pick % 3 === 0) return [{ type: "approval.withdrawn", approval_id: open, reason: step.text }];
    progress.answered.push(open);
    return [{ type: "approval.resolved", approval_id: open, option_id: "yes", option_kind: "allow_once", by: BY }];
  }
  progress.approvals += 1;
  const id = `p${progress.approvals}`;
  progress.open.push(id);
  const turn = progress.turn === null ? {} : { turn_id: progress.turn };
  const options = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];
  return [{ type: "approval.requested", approval_id: id, tool: "shell", title: step.text, options, ...turn }];
}

function sessionChange(progress: Progress, step: Step): EventDraft[] {
  if (step.pick < 3) return [{ type: "session.renamed", title: step.text, by: BY }];
  if (step.pick < 5) return [aboutFile(step)];
  if (step.pick < 7) return [{ type: "session.identified", native_id: `n${step.pick}` }];
  progress.queue = [];
  progress.turn = null;
  progress.open = [];
  return [
    { type: "session.closed", reason: "idle", by: BY },
    { type: "session.reopened", by: BY },
  ];
}

/** A file is made, or its bytes come or do not; some are shown several times, and some by a sub-agent. */
function aboutFile({ pick, text }: Step): EventDraft {
  const sha256 = String(text.length % 3).repeat(64);
  if (pick === 3) {
    const from = text.length % 2 === 0 ? { parent_tool_call_id: "c1" } : {};
    return { type: "file.produced", name: "a.txt", path: "a.txt", mime_type: "text/plain", size: pick, sha256, ...from };
  }
  return text.length % 2 === 0 ? { type: "file.stored", sha256, file_id: "f" } : { type: "file.dropped", sha256, reason: "refused" };
}

/** A call begins, changes, writes or ends; some are made by the sub-agent of another, and some are told of before they begin. */
function useTool(progress: Progress, step: Step): EventDraft[] {
  const turn = progress.turn === null ? {} : { turn_id: progress.turn };
  const some = `c${(step.pick + step.text.length) % (progress.calls + 2)}`;
  const parent = step.pick % 3 === 0 ? { parent_tool_call_id: `c${Math.max(0, progress.calls - step.pick)}` } : {};
  if (step.pick < 4) {
    progress.calls += 1;
    const id = `c${progress.calls}`;
    return [
      { type: "tool.started", tool_call_id: id, tool: "sh", title: step.text, kind: "execute", status: "in_progress", ...parent, ...turn },
    ];
  }
  if (step.pick < 6) return [{ type: "tool.delta", tool_call_id: some, text: step.text, ...turn }];
  if (step.pick === 6)
    return [{ type: "message.delta", kind: "answer", text: step.text, message_id: `s${progress.calls}`, ...parent, ...turn }];
  const change = step.pick === 7 ? { title: step.text } : { status: step.pick === 8 ? ("completed" as const) : ("failed" as const) };
  return [{ type: "tool.updated", tool_call_id: some, ...change, ...parent, ...turn }];
}

function tellOther(progress: Progress, step: Step): EventDraft[] {
  const turn = progress.turn === null ? {} : { turn_id: progress.turn };
  if (step.pick < 3) {
    return [{ type: "plan.updated", entries: [{ content: step.text, priority: "low", status: "pending" }], ...turn }];
  }
  if (step.pick < 5) return [{ type: "usage.updated", usage: { input_tokens: step.pick }, ...turn }];
  if (step.pick === 5) return [{ type: "session.configured", option_id: "model", value_id: step.text, by: BY }];
  if (step.pick === 6) return [{ type: "config.updated", options: [] }];
  const next = progress.turn === null ? undefined : progress.queue.shift();
  if (next === undefined || progress.turn === null) return [{ type: "session.located", work_dir: "/w" }];
  return [{ type: "turn.steered", turn_id: next, into: progress.turn }];
}

function draftsOf(progress: Progress, step: Step): EventDraft[] {
  if (step.kind < 2) return post(progress);
  if (step.kind < 5) return startOrEnd(progress, step);
  if (step.kind < 8) return speak(progress, step);
  if (step.kind < 12) return useTool(progress, step);
  if (step.kind < 14) return tellOther(progress, step);
  return step.kind === 14 ? askOrAnswer(progress, step) : sessionChange(progress, step);
}

/** A log with numbers 1.. without holes. */
export const randomLog: fc.Arbitrary<readonly SessionEvent[]> = fc
  .array(fc.record({ kind: fc.nat(15), pick: fc.nat(9), text: fc.string({ maxLength: 6 }) }), { minLength: 1, maxLength: 80 })
  .map((steps) => {
    const progress: Progress = { queue: [], turn: null, open: [], answered: [], turns: 0, messages: 0, approvals: 0, calls: 0 };
    const drafts = steps.flatMap((step) => draftsOf(progress, step));
    const created: EventDraft = { type: "session.created", endpoint_id: "e", title: "t", by: BY };
    return [created, ...drafts].map((draft, index) => ({ ...draft, session_id: "s", seq: index + 1, at: 1_000 + index }));
  });
