import type { EventDraft, Message, SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinMessages } from "./message-list.ts";

function log(drafts: readonly EventDraft[]): SessionEvent[] {
  return drafts.map((draft, index) => ({ ...draft, session_id: "s", seq: index + 1, at: 1_700_000_000_000 + index }));
}

const delta = (message_id: string, text: string, kind: "stdout" | "answer" = "stdout"): EventDraft => ({
  type: "message.delta",
  kind,
  text,
  message_id,
});
const by = { id: "u", name: "ann" };

describe("joinMessages", () => {
  it("joins the pieces of one message and tells user, agent and system apart", () => {
    const messages = joinMessages(
      log([
        { type: "session.created", endpoint_id: "e", title: "t", by },
        { type: "message.posted", message_id: "m1", content: "hello", by, turn_id: "t1" },
        { type: "turn.started", turn_id: "t1" },
        delta("a1", "he"),
        delta("a1", "llo"),
        { type: "notice", level: "warning", code: "output_cut", text: "output was cut" },
        { type: "turn.completed", stop_reason: "end_turn", exit_code: 0, turn_id: "t1" },
      ]),
    );
    expect(messages.map(({ id, seq, direction, channel, content }) => ({ id, seq, direction, channel, content }))).toEqual([
      { id: "m1", seq: 2, direction: "user", channel: "stdin", content: "hello" },
      { id: "a1", seq: 5, direction: "agent", channel: "stdout", content: "hello" },
      { id: "event-6", seq: 6, direction: "system", channel: "system", content: "output was cut" },
    ]);
    expect(messages[1]?.created_at).toBe(new Date(1_700_000_000_003).toISOString());
  });

  it("tells of failed, expired, stopped and badly ended turns", () => {
    const texts = joinMessages(
      log([
        { type: "turn.failed", turn_id: "t1", error: { kind: "spawn", message: "no such command" } },
        { type: "turn.failed", turn_id: "t2", error: { kind: "expired", message: "the runtime was away" } },
        { type: "turn.completed", turn_id: "t3", stop_reason: "cancelled" },
        { type: "turn.completed", turn_id: "t4", stop_reason: "end_turn", exit_code: 3 },
        { type: "turn.completed", turn_id: "t5", stop_reason: "max_tokens" },
      ]),
    ).map((message) => message.content);
    expect(texts).toEqual([
      "Failed: no such command",
      "Not delivered: the runtime was away",
      "Stopped",
      "Ended with exit code 3",
      "Ended early: max_tokens",
    ]);
  });

  const piece = fc.record({ id: fc.constantFrom("a", "b", "c"), text: fc.string({ maxLength: 6 }) });

  it("gives the same texts however they were cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.func(fc.integer({ min: 1, max: 3 })), (pieces, cut) => {
        const whole = joinMessages(log(pieces.map(({ id, text }) => delta(id, text))));
        const chopped = pieces.flatMap(({ id, text }, index) => {
          const size = cut(index, text);
          const parts = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [""];
          return parts.map((part) => delta(id, part));
        });
        const again = joinMessages(log(chopped));
        const shape = (messages: readonly Message[]) => messages.map(({ id, content }) => ({ id, content }));
        expect(shape(again)).toEqual(shape(whole));
      }),
    );
  });

  it("lets a reader that asks for what is newer than its last number, page by page, end up with every message whole", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        (pieces, stops, limit) => {
          const events = log(pieces.map(({ id, text }) => delta(id, text)));
          const seen = new Map<string, Message>();
          let after = 0;
          const poll = (head: number) => {
            const page = joinMessages(events.slice(0, head))
              .filter((message) => message.seq > after)
              .slice(0, limit);
            for (const message of page) seen.set(message.id, message);
            after = page.at(-1)?.seq ?? after;
            return page.length;
          };
          for (const head of [...stops].sort((a, b) => a - b)) poll(head);
          while (poll(events.length) > 0);
          expect([...seen.values()].sort((a, b) => a.seq - b.seq)).toEqual(joinMessages(events));
        },
      ),
    );
  });
});
