import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventDraft, SessionEvent } from "./session-event.ts";
import { activityOf, changesState, INITIAL_SESSION_STATE, reduceSession, type SessionState } from "./session-state.ts";

const by = { id: "u", name: "ann" };
const options = [{ id: "yes", kind: "allow_once" as const, label: "Allow" }];

const turnId = fc.constantFrom("t1", "t2", "t3");
const approvalId = fc.constantFrom("a1", "a2");
const draft: fc.Arbitrary<EventDraft> = fc.oneof(
  fc.constant({ type: "session.created" as const, endpoint_id: "e", title: "first", by }),
  fc.string({ maxLength: 5 }).map((title) => ({ type: "session.renamed" as const, title, by })),
  fc.constantFrom("user" as const, "admin" as const, "idle" as const).map((reason) => ({ type: "session.closed" as const, reason, by })),
  fc.constant({ type: "session.reopened" as const, by }),
  fc.record({
    type: fc.constant("message.posted" as const),
    turn_id: turnId,
    message_id: fc.uuid(),
    content: fc.string(),
    by: fc.constant(by),
  }),
  turnId.map((turn_id) => ({ type: "turn.started" as const, turn_id })),
  turnId.map((turn_id) => ({ type: "turn.stop_requested" as const, turn_id, by })),
  turnId.map((turn_id) => ({ type: "turn.completed" as const, turn_id, stop_reason: "end_turn" as const })),
  turnId.map((turn_id) => ({ type: "turn.failed" as const, turn_id, error: { kind: "exit" as const, message: "x" } })),
  fc.record({
    type: fc.constant("approval.requested" as const),
    approval_id: approvalId,
    turn_id: turnId,
    tool: fc.constant("shell"),
    title: fc.constant("ls"),
    options: fc.constant(options),
  }),
  approvalId.map((approval_id) => ({ type: "approval.withdrawn" as const, approval_id, reason: "x" })),
  approvalId.map((approval_id) => ({ type: "approval.resolved" as const, approval_id, option_id: "yes", by })),
  approvalId.map((approval_id) => ({ type: "approval.applied" as const, approval_id })),
  approvalId.map((approval_id) => ({ type: "approval.superseded" as const, approval_id, reason: "late" })),
  turnId.map((turn_id) => ({ type: "turn.steered" as const, turn_id, into: "t1" })),
  fc.constant({ type: "session.configured" as const, option_id: "model", value_id: "m", by }),
  fc.string().map((work_dir) => ({ type: "session.located" as const, work_dir })),
  fc.nat(9).map((tokens) => ({ type: "usage.updated" as const, usage: { input_tokens: tokens, cost_usd: 0.5 } })),
  fc.string().map((title) => ({ type: "tool.updated" as const, tool_call_id: "c", title })),
  fc.string().map((native_id) => ({ type: "session.identified" as const, native_id })),
  fc.string().map((text) => ({ type: "message.delta" as const, kind: "stdout" as const, text, message_id: "m" })),
  fc.string().map((text) => ({ type: "notice" as const, level: "info" as const, text })),
);
const log = fc
  .array(draft, { maxLength: 40 })
  .map((drafts) => drafts.map((event, index): SessionEvent => ({ ...event, session_id: "s", seq: index + 1, at: 1_000 + index })));

const fold = (events: readonly SessionEvent[], from: SessionState = INITIAL_SESSION_STATE) => events.reduce(reduceSession, from);
const numbered = (...drafts: EventDraft[]) =>
  drafts.map((event, index): SessionEvent => ({ ...event, session_id: "s", seq: index + 1, at: index }));

describe("reduceSession", () => {
  it("folds to the same state however the log was cut into ranges, and however often they came", () => {
    fc.assert(
      fc.property(log, fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 10 }), (events, ranges) => {
        let state = INITIAL_SESSION_STATE;
        // Each range begins at or before what is known: a receiver takes no other. Some repeat what came before.
        for (const [back, length] of ranges) {
          const from = Math.max(0, state.seq - back);
          state = fold(events.slice(from, Math.max(state.seq, from + length)), state);
        }
        state = fold(events, state);
        expect(state).toEqual(fold(events));
        expect(fold(events, state)).toBe(state);
      }),
    );
  });

  it("continues from a stored state as if it had seen the whole log, and survives being stored as JSON", () => {
    fc.assert(
      fc.property(log, fc.nat(40), (events, cut) => {
        const stored = JSON.parse(JSON.stringify(fold(events.slice(0, cut)))) as SessionState;
        expect(JSON.stringify(fold(events.slice(cut), stored))).toBe(JSON.stringify(fold(events)));
      }),
    );
  });

  it("changes nothing but the number for events that `changesState` names harmless", () => {
    fc.assert(
      fc.property(log, (events) => {
        const quiet = fold(events.filter((event) => changesState(event.type)));
        const { seq: _seq, ...state } = fold(events);
        const { seq: _quietSeq, ...rest } = quiet;
        expect(state).toEqual(rest);
      }),
    );
  });

  it("never changes the state it was given, and leaves nothing open in a closed session", () => {
    fc.assert(
      fc.property(log, (events) => {
        let state = INITIAL_SESSION_STATE;
        for (const event of events) {
          const before = JSON.stringify(state);
          const next = reduceSession(state, event);
          expect(JSON.stringify(state)).toBe(before);
          if (event.type === "session.closed") expect([next.turn, next.queue, next.approvals]).toEqual([null, [], []]);
          state = next;
        }
      }),
    );
  });

  it("takes one conversation from message to end", () => {
    const events = numbered(
      { type: "session.created", endpoint_id: "e", title: "t", by },
      { type: "message.posted", turn_id: "t1", message_id: "m1", content: "x", by },
      { type: "message.posted", turn_id: "t2", message_id: "m2", content: "y", by },
      { type: "turn.started", turn_id: "t1" },
      { type: "approval.requested", turn_id: "t1", approval_id: "a1", tool: "shell", title: "ls", options },
      { type: "approval.resolved", turn_id: "t1", approval_id: "a1", option_id: "yes", by },
      { type: "turn.stop_requested", turn_id: "t1", by },
      { type: "turn.completed", turn_id: "t1", stop_reason: "cancelled" },
      { type: "turn.failed", turn_id: "t2", error: { kind: "expired", message: "late" } },
      { type: "session.closed", reason: "idle", by },
      { type: "session.reopened", by },
    );
    const activities = events.map((_, index) => activityOf(fold(events.slice(0, index + 1))));
    expect(activities).toEqual([
      "idle",
      "queued",
      "queued",
      "running",
      "needs_approval",
      "running",
      "running",
      "queued",
      "idle",
      "closed",
      "idle",
    ]);
    expect(fold(events.slice(0, 7)).turn).toMatchObject({ turn_id: "t1", stop_requested: true });
    expect(fold(events).last_turn).toEqual({ turn_id: "t2", error: { kind: "expired", message: "late" } });
  });

  it("holds a question once, as it was asked last", () => {
    const ask = (title: string): EventDraft => ({
      type: "approval.requested",
      approval_id: "a1",
      turn_id: "t1",
      tool: "shell",
      title,
      options,
    });
    const state = fold(numbered(ask("ls"), ask("rm")));
    expect(state.approvals).toMatchObject([{ approval_id: "a1", title: "rm", requested_at: 1 }]);
    const gone: SessionEvent = { type: "approval.withdrawn", approval_id: "a1", reason: "x", session_id: "s", seq: 3, at: 3 };
    expect(activityOf(fold([gone], state))).toBe("idle");
  });

  it("takes a message out of the queue when it went into the running turn", () => {
    const posted = (turn_id: string): EventDraft => ({ type: "message.posted", turn_id, message_id: turn_id, content: "x", by });
    const state = fold(
      numbered(posted("t1"), { type: "turn.started", turn_id: "t1" }, posted("t2"), { type: "turn.steered", turn_id: "t2", into: "t1" }),
    );
    expect(state).toMatchObject({ queue: [], turn: { turn_id: "t1" } });
  });

  it("knows the worktree and the agent's own session from the first event, and adds up what turns used", () => {
    const used = (input_tokens: number): EventDraft => ({ type: "usage.updated", usage: { input_tokens, cost_usd: 0.25 } });
    const turn = (turn_id: string): EventDraft[] => [
      { type: "turn.started", turn_id },
      used(1),
      used(10),
      { type: "turn.completed", turn_id, stop_reason: "end_turn" },
    ];
    const created: EventDraft = { type: "session.created", endpoint_id: "e", title: "t", by, worktree: true, native_id: "n" };
    expect(fold(numbered(created, ...turn("t1"), ...turn("t2")))).toMatchObject({
      worktree: true,
      native_id: "n",
      used: { input_tokens: 20, output_tokens: 0, cost_usd: 0.5 },
    });
  });
});
