/** Whatever way a log arrives, it folds to the same view, and what did not change keeps its identity. */
import { INITIAL_SESSION_STATE, reduceSession, type SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomLog } from "../test/random-log.ts";
import { emptyView, eventsOf, foldEvents, prependEvents, type SessionView, trimView } from "./session-view.ts";

const whole = (log: readonly SessionEvent[]) => foldEvents(emptyView(), log);

/** A view as plain data, so that two can be compared by value. */
function plain(view: SessionView) {
  const blocks = view.blocks.toArray().map((block) => (block.type === "agent" ? { ...block, text: block.text.toString() } : block));
  return { first: view.first, last: view.last, blocks, waiting: view.waiting, state: view.state };
}

/** Cuts a log at random places. */
const cuts = fc.array(fc.nat(100), { maxLength: 12 });
function chunked(log: readonly SessionEvent[], at: readonly number[]): SessionEvent[][] {
  const edges = [...new Set([0, log.length, ...at.map((cut) => cut % (log.length + 1))])].sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => log.slice(edges[index], edge));
}

describe("folding a log", () => {
  it("gives the same view however the log is cut, with parts repeated", () => {
    fc.assert(
      fc.property(randomLog, cuts, fc.nat(5), (log, at, overlap) => {
        let view = emptyView();
        for (const chunk of chunked(log, at)) {
          const from = chunk[0]?.seq ?? 1;
          view = foldEvents(view, [...log.slice(Math.max(0, from - 1 - overlap), from - 1), ...chunk]);
        }
        expect(plain(view)).toEqual(plain(whole(log)));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same view when it begins in the middle and older pages are put in front", () => {
    fc.assert(
      fc.property(randomLog, cuts, (log, at) => {
        const chunks = chunked(log, at);
        let view = emptyView((chunks.at(-1)?.[0]?.seq ?? 1) - 1);
        view = foldEvents(view, chunks.at(-1) ?? []);
        for (const chunk of chunks.slice(0, -1).reverse()) view = prependEvents(view, chunk);
        expect(plain(view)).toEqual(plain(whole(log)));
      }),
      { numRuns: 300 },
    );
  });

  it("has the state of the one reducer and every delta once, in order", () => {
    fc.assert(
      fc.property(randomLog, (log) => {
        const view = whole(log);
        expect(view.state).toEqual(log.reduce(reduceSession, INITIAL_SESSION_STATE));
        const spoken = log.filter((event) => event.type === "message.delta");
        const texts = view.blocks.toArray().filter((block) => block.type === "agent");
        for (const block of texts) {
          const expected = spoken
            .filter((event) => event.kind === block.kind && (event.message_id ?? `turn.${event.turn_id ?? ""}`) === block.id.split(":")[1])
            .map((event) => event.text)
            .join("");
          expect(block.text.toString()).toBe(expected);
          expect(block.text.length).toBe(expected.length);
        }
        expect(texts.reduce((sum, block) => sum + block.text.length, 0)).toBe(spoken.reduce((sum, event) => sum + event.text.length, 0));
        const posted = log.filter((event) => event.type === "message.posted").map((event) => event.message_id);
        const users = [...view.blocks.toArray(), ...view.waiting].filter((block) => block.type === "user");
        expect(users.map((block) => block.message_id).sort()).toEqual(posted.sort());
        expect(new Set(view.blocks.toArray().map((block) => block.id)).size).toBe(view.blocks.length);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves every older view as it was, also when that one grows in another direction", () => {
    fc.assert(
      fc.property(randomLog, fc.nat(100), (log, at) => {
        const cut = at % (log.length + 1);
        const begun = foldEvents(emptyView(), log.slice(0, cut));
        const before = plain(begun);
        const full = foldEvents(begun, log.slice(cut));
        expect(plain(begun)).toEqual(before);
        const again = log.slice(cut).reduce((view, event) => foldEvents(view, [event]), begun);
        expect(plain(again)).toEqual(plain(full));
        expect(eventsOf(full)).toEqual(log);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the identity of blocks that an event does not touch", () => {
    fc.assert(
      fc.property(randomLog, (log) => {
        let view = emptyView();
        for (const event of log) {
          const before = view.blocks.toArray();
          view = foldEvents(view, [event]);
          const changed = view.blocks.toArray().filter((block, index) => index < before.length && block !== before[index]);
          for (const block of changed) expect(block.last_seq).toBe(event.seq);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("forgets the oldest events and takes them back", () => {
    fc.assert(
      fc.property(randomLog, fc.integer({ min: 1, max: 90 }), (log, keep) => {
        const trimmed = trimView(whole(log), keep);
        expect(trimmed.last - trimmed.first + 1).toBe(Math.min(keep, log.length));
        expect(trimmed.state).toEqual(whole(log).state);
        expect(plain(prependEvents(trimmed, log))).toEqual(plain(whole(log)));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a hole", () => {
    const event = (seq: number): SessionEvent => ({ type: "notice", level: "info", text: "x", session_id: "s", seq, at: 1 });
    expect(() => foldEvents(emptyView(), [event(1), event(3)])).toThrow(/event 2 is missing/);
    expect(() => prependEvents(emptyView(5), [event(3)])).toThrow(/must end with event 5/);
  });
});
