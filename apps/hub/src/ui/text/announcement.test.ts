import { emptyView, foldEvents } from "@fairlead/client";
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { announcement } from "./announcement.ts";

function say(drafts: readonly EventDraft[], since: number): string {
  const events = drafts.map((draft, index): SessionEvent => ({ ...draft, session_id: "s", seq: index + 1, at: index }));
  return announcement(foldEvents(emptyView(), events), since, "Bash");
}

const started: EventDraft = { type: "turn.started", turn_id: "t" };
const piece: EventDraft = { type: "message.delta", kind: "answer", text: "All tests pass.", turn_id: "t" };

describe("what a screen reader hears", () => {
  it("is nothing while an answer is being written", () => {
    expect(say([started, piece], 0)).toBe("");
  });

  it("is the end of the answer once it is whole", () => {
    expect(say([started, piece, { type: "turn.completed", stop_reason: "end_turn", turn_id: "t" }], 2)).toBe("Bash: All tests pass.");
    expect(say([started, piece, { type: "turn.completed", stop_reason: "end_turn", turn_id: "t" }], 3)).toBe("");
  });

  it("is the question an agent waits on, and what went wrong", () => {
    const options = [{ id: "y", kind: "allow_once", label: "Yes" } as const];
    expect(
      say([started, { type: "approval.requested", approval_id: "a", tool: "shell", title: "Delete it?", options, turn_id: "t" }], 1),
    ).toBe("Bash asks: Delete it?");
    expect(say([started, { type: "turn.failed", error: { kind: "timeout", message: "30 s are over" }, turn_id: "t" }], 1)).toBe(
      "The agent took too long. 30 s are over",
    );
  });
});
