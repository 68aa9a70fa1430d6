/** Groups of steps are the same however the list of blocks grew. */
import { type Block, BlockList, ChunkedText, emptyView, foldEvents } from "@fairlead/client";
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Groups, groupBlocks } from "./groups.ts";
import { rowsOf } from "./rows.ts";

const KINDS = ["answer", "thought", "tool"] as const;

function blockOf(kind: (typeof KINDS)[number], index: number): Block {
  const base = { id: `b${index}`, seq: index, last_seq: index, at: index, turn_id: "t" };
  if (kind !== "tool") return { ...base, type: "agent", kind, text: ChunkedText.of("x"), until: index };
  return {
    ...base,
    type: "tool",
    tool_call_id: `c${index}`,
    tool: "sh",
    title: "run",
    kind: "execute",
    status: "completed",
    input: null,
    input_truncated: false,
    content: [],
    locations: [],
    output: ChunkedText.EMPTY,
    exit_code: null,
    ended_at: index,
    children: BlockList.EMPTY,
  };
}

const blocks = (kinds: readonly (typeof KINDS)[number][]) => BlockList.from(kinds.map(blockOf));

describe("groups of steps", () => {
  it("join calls and the thoughts among them, and leave lone thoughts alone", () => {
    const { starts } = groupBlocks(blocks(["answer", "thought", "thought", "answer", "thought", "tool", "thought", "tool", "answer"]));
    expect(starts).toEqual([0, 1, 2, 3, 4, 8]);
  });

  it("are bounded", () => {
    expect(groupBlocks(blocks(Array.from({ length: 250 }, () => "tool"))).starts).toEqual([0, 100, 200]);
  });

  it("come out the same when the list grows and changes piece by piece", () => {
    const change = fc.record({ kind: fc.constantFrom(...KINDS), at: fc.nat(400), replace: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        let list = BlockList.EMPTY;
        let groups: Groups | undefined;
        for (const [index, { kind, at, replace }] of changes.entries()) {
          const old = list.at(at % Math.max(1, list.length));
          const anew = replace && old !== undefined;
          list = anew ? list.with(at % list.length, { ...old, last_seq: index }) : list.push(blockOf(kind, index));
          groups = groupBlocks(list, groups);
        }
        expect(groups?.starts ?? []).toEqual(groupBlocks(list).starts);
      }),
      { numRuns: 60 },
    );
  });

  it("are one row each, known by its first block", () => {
    const call = (id: string): EventDraft => ({
      type: "tool.started",
      tool_call_id: id,
      tool: "sh",
      title: id,
      kind: "read",
      status: "completed",
      turn_id: "t",
    });
    const drafts: EventDraft[] = [
      { type: "turn.started", turn_id: "t" },
      call("a"),
      call("b"),
      { type: "notice", level: "info", text: "x" },
    ];
    const events = drafts.map((draft, index): SessionEvent => ({ ...draft, session_id: "s", seq: index + 1, at: index }));
    const view = foldEvents(emptyView(), events);
    const rows = rowsOf({ view, outgoing: [] });
    expect(Array.from({ length: rows.count }, (_, index) => rows.at(index).kind)).toEqual(["steps", "block", "running"]);
    expect(rows.keyAt(0)).toBe("tool:a");
    expect(rowsOf({ view, outgoing: [] }, rows).groups).toBe(rows.groups);
  });
});
