import { emptyView, foldEvents, type OutboxEntry } from "@fairlead/client";
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { guessHeight, isQuiet, rowsOf, wasGiven } from "./rows.ts";

const by = { id: "u1", name: "ann" };

function viewOf(drafts: readonly EventDraft[]) {
  const events = drafts.map((draft, index): SessionEvent => ({ ...draft, session_id: "s1", seq: index + 1, at: 1_000 + index }));
  return foldEvents(emptyView(), events);
}

function post(turn: string): EventDraft {
  return { type: "message.posted", message_id: `m-${turn}`, content: `do ${turn}`, by, turn_id: turn };
}

const entry: OutboxEntry = {
  message_id: "m-own",
  session_id: "s1",
  content: "later",
  attachments: [],
  steer: false,
  created_at: 1,
  state: "unsent",
  seq: null,
  error: null,
};

describe("rows of a transcript", () => {
  it("are what happened, what runs, what waits and what is on this device", () => {
    const view = viewOf([
      { type: "session.created", endpoint_id: "e", title: "t", by },
      post("a"),
      { type: "turn.started", turn_id: "a" },
      { type: "message.delta", kind: "stdout", text: "x", turn_id: "a" },
      post("b"),
    ]);
    const rows = rowsOf({ view, outgoing: [entry] });
    const kinds = Array.from({ length: rows.count }, (_, index) => rows.at(index).kind);
    expect(kinds).toEqual(["block", "block", "block", "running", "waiting", "outgoing"]);
    expect(new Set(kinds.map((_, index) => rows.keyAt(index))).size).toBe(rows.count);
    expect(rows.keyAt(5)).toBe("user:m-own");
    expect(() => rows.at(6)).toThrow(RangeError);
  });

  it("keeps a message's key on its whole way", () => {
    const posted = rowsOf({ view: viewOf([{ ...post("a"), message_id: "m-own" } as EventDraft]), outgoing: [] });
    expect(posted.keyAt(0)).toBe("user:m-own");
  });

  it("tells a message that was called off from one whose turn was stopped", () => {
    const calledOff = viewOf([post("a"), { type: "turn.completed", stop_reason: "cancelled", turn_id: "a" }]);
    const stopped = viewOf([
      post("a"),
      { type: "turn.started", turn_id: "a" },
      { type: "turn.completed", stop_reason: "cancelled", duration_ms: 5, turn_id: "a" },
    ]);
    const given = [calledOff, stopped].map((view) => {
      const rows = rowsOf({ view, outgoing: [] });
      const row = rows.at(0);
      return row.kind === "block" && row.block.type === "user" && wasGiven(rows, 0, row.block);
    });
    expect(given).toEqual([false, true]);
    const last = rowsOf({ view: calledOff, outgoing: [] }).at(1);
    expect([isQuiet(last), guessHeight(last)]).toEqual([true, 0]);
  });
});
