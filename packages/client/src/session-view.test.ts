/** Whatever way a log arrives, it folds to the same view, and what did not change keeps its identity. */
import { INITIAL_SESSION_STATE, reduceSession, type SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomLog } from "../test/random-log.ts";
import type { Block, ToolBlock } from "./blocks.ts";
import { emptyView, eventsOf, foldEvents, prependEvents, type SessionView, trimView } from "./session-view.ts";

const whole = (log: readonly SessionEvent[]) => foldEvents(emptyView(), log);

/** A view as plain data, so that two can be compared by value. */
function plain(view: SessionView) {
  const { first, last, last_at, waiting, state } = view;
  return { first, last, last_at, blocks: view.blocks.toArray().map(plainBlock), waiting, requested: [...view.requested], state };
}

function plainBlock(block: Block): unknown {
  if (block.type === "agent") return { ...block, text: block.text.toString() };
  if (block.type === "tool") return { ...block, output: block.output.toString(), children: block.children.toArray().map(plainBlock) };
  return block;
}

/** All blocks, those of sub-agents after their call. */
function everyBlock(blocks: Iterable<Block>): Block[] {
  return [...blocks].flatMap((block) => (block.type === "tool" ? [block, ...everyBlock(block.children)] : [block]));
}

const isCall = (block: Block): block is ToolBlock => block.type === "tool";

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
        const all = everyBlock(view.blocks);
        const texts = all.filter((block) => block.type === "agent");
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
        const written = log.filter((event) => event.type === "tool.delta");
        for (const call of all.filter(isCall)) {
          const own = written.filter((event) => event.tool_call_id === call.tool_call_id);
          expect(call.output.toString()).toBe(own.map((event) => event.text).join(""));
        }
        const users = [...view.blocks.toArray(), ...view.waiting].filter((block) => block.type === "user");
        expect(users.map((block) => block.message_id).sort()).toEqual(posted.sort());
        expect(new Set(all.map((block) => block.id)).size).toBe(all.length);
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
          for (const call of everyBlock(view.blocks).filter(isCall)) {
            expect(call.last_seq).toBe(Math.max(call.last_seq, ...call.children.toArray().map((child) => child.last_seq)));
          }
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

  it("leaves no call of a turn that is over spinning", () => {
    const isEnd = (event: SessionEvent) => event.type === "turn.completed" || event.type === "turn.failed";
    const isWord = (event: SessionEvent, call: ToolBlock) => "tool_call_id" in event && event.tool_call_id === call.tool_call_id;
    fc.assert(
      fc.property(randomLog, (log) => {
        for (const call of everyBlock(whole(log).blocks).filter(isCall)) {
          const runs = call.status === "pending" || call.status === "in_progress";
          expect(call.ended_at === null).toBe(runs);
          const end = log.findLast((event) => isEnd(event) && event.turn_id === call.turn_id);
          // What is told of a call after its turn's end is the agent's own word.
          if (runs && end !== undefined && call.turn_id !== null)
            expect(log.findLast((event) => isWord(event, call))?.seq).toBeGreaterThan(end.seq);
        }
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
