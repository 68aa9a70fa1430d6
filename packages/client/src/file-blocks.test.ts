/** Files of a timeline: each where it was shown, and every one of the same bytes told when they have come. */
import type { EventDraft } from "@fairlead/protocol";
import { expect, it } from "vitest";
import type { FileBlock } from "./blocks.ts";
import { emptyView, foldEvents, prependEvents, type SessionView, trimView } from "./session-view.ts";

const ONE = "1".repeat(64);
const TWO = "2".repeat(64);

function numbered(drafts: readonly EventDraft[]) {
  return drafts.map((draft, index) => ({ ...draft, session_id: "s", seq: index + 1, at: 1_000 + index }));
}

function made(name: string, more: Partial<Extract<EventDraft, { type: "file.produced" }>> = {}): EventDraft {
  return { type: "file.produced", name, path: name, mime_type: "image/png", size: 9, ...more };
}

function filesIn(view: SessionView): FileBlock[] {
  return view.blocks
    .toArray()
    .flatMap((block) => (block.type === "file" ? [block] : block.type === "tool" ? childFiles(block.children) : []));
}

function childFiles(blocks: SessionView["blocks"]): FileBlock[] {
  return blocks.toArray().filter((block) => block.type === "file");
}

const states = (view: SessionView) => filesIn(view).map(({ name, bytes }) => `${name} ${bytes.state}`);

it("tells where the bytes are: elsewhere, not coming, on their way, there, refused", () => {
  const events = numbered([
    made("old"),
    made("big", { missing: "too_large" }),
    made("a", { sha256: ONE, width: 40, height: 30 }),
    made("b", { sha256: TWO }),
    { type: "file.stored", sha256: ONE, file_id: "f1" },
    { type: "file.dropped", sha256: TWO, reason: "no_room" },
  ]);
  const before = foldEvents(emptyView(), events.slice(0, 4));
  expect(states(before)).toEqual(["old elsewhere", "big missing", "a coming", "b coming"]);
  const after = foldEvents(before, events);
  expect(filesIn(after).map(({ bytes }) => bytes)).toEqual([
    { state: "elsewhere" },
    { state: "missing", reason: "too_large" },
    { state: "stored", file_id: "f1" },
    { state: "missing", reason: "no_room" },
  ]);
  expect(filesIn(after)[2]).toMatchObject({ pixels: { width: 40, height: 30 }, last_seq: 5 });
});

it("tells all that show the same bytes, also within a sub-agent, and asks again for what is shown later", () => {
  const events = numbered([
    { type: "tool.started", tool_call_id: "c", tool: "Task", title: "Agent", kind: "other", status: "in_progress" },
    made("a", { sha256: ONE }),
    made("inner", { sha256: ONE, tool_call_id: "d", parent_tool_call_id: "c" }),
    { type: "file.stored", sha256: ONE, file_id: "f1" },
    made("again", { sha256: ONE }),
  ]);
  const view = foldEvents(emptyView(), events);
  expect(states(view)).toEqual(["inner stored", "a stored", "again coming"]);
  expect(states(foldEvents(view, numbered([...events, { type: "file.stored", sha256: ONE, file_id: "f1" }])))).toContain("again stored");
});

it("says the same of a view that forgot the file and read it again", () => {
  const events = numbered([made("a", { sha256: ONE }), made("b"), { type: "file.stored", sha256: ONE, file_id: "f1" }]);
  const short = trimView(foldEvents(emptyView(), events), 1);
  expect(states(short)).toEqual([]);
  expect(states(prependEvents(short, events.slice(0, 2)))).toEqual(["a stored", "b elsewhere"]);
});
