/** Tool calls as a timeline shows them: one block per call, sub-agents inside, none left spinning. */
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import type { Block, ToolBlock } from "./blocks.ts";
import { currentCall, emptyView, foldEvents, messageOf, type SessionView } from "./session-view.ts";

const by = { id: "u1", name: "anna" };

function viewOf(drafts: readonly EventDraft[]): SessionView {
  return foldEvents(
    emptyView(),
    drafts.map((draft, index): SessionEvent => ({ ...draft, session_id: "s", seq: index + 1, at: 1_000 * (index + 1) })),
  );
}

function call(id: string, more: Partial<Extract<EventDraft, { type: "tool.started" }>> = {}): EventDraft {
  return {
    type: "tool.started",
    tool_call_id: id,
    tool: "Bash",
    title: `run ${id}`,
    kind: "execute",
    status: "in_progress",
    turn_id: "t",
    ...more,
  };
}

function callIn(blocks: Iterable<Block>, id: string): ToolBlock {
  const found = [...blocks].find((block) => block.type === "tool" && block.tool_call_id === id);
  if (found?.type !== "tool") throw new Error(`no call ${id}`);
  return found;
}

describe("tool calls", () => {
  it("join their beginning, live output and outcome", () => {
    const content = [{ type: "diff" as const, path: "a.ts", change: "modified" as const, patch: "@@ -1 +1 @@", added: 1, removed: 1 }];
    const view = viewOf([
      call("a", { input: { command: "npm test" } }),
      { type: "tool.delta", tool_call_id: "a", text: "one\n", turn_id: "t" },
      { type: "tool.delta", tool_call_id: "a", text: "two\n", turn_id: "t" },
      { type: "tool.updated", tool_call_id: "a", status: "failed", exit_code: 2, content, turn_id: "t" },
      { type: "tool.updated", tool_call_id: "a", title: "Run the tests", turn_id: "t" },
    ]);
    expect(view.blocks.length).toBe(1);
    const block = callIn(view.blocks, "a");
    expect(block).toMatchObject({
      tool: "Bash",
      title: "Run the tests",
      status: "failed",
      exit_code: 2,
      content,
      input: { command: "npm test" },
      at: 1_000,
      ended_at: 4_000,
    });
    expect(block.output.toString()).toBe("one\ntwo\n");
  });

  it("of a sub-agent stand within the call that is the sub-agent, with its messages", () => {
    const view = viewOf([
      call("task", { kind: "think" }),
      call("inner", { parent_tool_call_id: "task" }),
      { type: "message.delta", kind: "answer", text: "found it", message_id: "m", parent_tool_call_id: "task", turn_id: "t" },
      { type: "tool.updated", tool_call_id: "inner", status: "completed", turn_id: "t" },
      { type: "message.delta", kind: "answer", text: " indeed", message_id: "m", parent_tool_call_id: "task", turn_id: "t" },
    ]);
    expect(view.blocks.length).toBe(1);
    const task = callIn(view.blocks, "task");
    expect(task.last_seq).toBe(5);
    expect(task.children.length).toBe(2);
    expect(callIn(task.children, "inner").status).toBe("completed");
    expect(task.children.toArray().flatMap((child) => (child.type === "agent" ? [child.text.toString()] : []))).toEqual([
      "found it indeed",
    ]);
  });

  it("keep to a depth that a screen can show", () => {
    const chain = Array.from({ length: 9 }, (_, index) => call(`c${index}`, index === 0 ? {} : { parent_tool_call_id: `c${index - 1}` }));
    let blocks: Iterable<Block> = viewOf(chain).blocks;
    const sizes: number[] = [];
    while ([...blocks].length > 0) {
      const all: Block[] = [...blocks];
      sizes.push(all.length);
      blocks = all.flatMap((block) => (block.type === "tool" ? block.children.toArray() : []));
    }
    expect(sizes).toEqual([1, 1, 1, 1, 5]);
  });

  it("are interrupted with their turn, and take the agent's word if it comes after all", () => {
    const log: EventDraft[] = [
      call("a"),
      call("b", { parent_tool_call_id: "a" }),
      { type: "turn.failed", turn_id: "t", error: { kind: "interrupted", message: "gone" } },
    ];
    const ended = viewOf(log);
    const a = callIn(ended.blocks, "a");
    expect([a.status, a.ended_at, callIn(a.children, "b").status]).toEqual(["interrupted", 3_000, "interrupted"]);
    expect(currentCall(ended)).toBeUndefined();
    const later = viewOf([...log, { type: "tool.updated", tool_call_id: "a", status: "completed" }]);
    expect(callIn(later.blocks, "a")).toMatchObject({ status: "completed", ended_at: 4_000 });
  });

  it("tell which one runs now: the newest that is not over", () => {
    const log = [call("a"), call("b"), { type: "tool.updated", tool_call_id: "b", status: "completed", turn_id: "t" } as const];
    expect(currentCall(viewOf(log.slice(0, 2)))?.tool_call_id).toBe("b");
    expect(currentCall(viewOf(log))?.tool_call_id).toBe("a");
  });
});

describe("what goes with a turn", () => {
  it("is one plan, told anew in its place, and the usage at the end", () => {
    const entry = { content: "look", priority: "medium" } as const;
    const view = viewOf([
      { type: "message.posted", message_id: "m", turn_id: "t", content: "go", by },
      { type: "turn.started", turn_id: "t" },
      { type: "plan.updated", turn_id: "t", entries: [{ ...entry, status: "pending" }] },
      call("a"),
      { type: "plan.updated", turn_id: "t", entries: [{ ...entry, status: "completed" }] },
      { type: "usage.updated", turn_id: "t", usage: { input_tokens: 10 } },
      { type: "usage.updated", turn_id: "t", usage: { input_tokens: 30, cost_usd: 0.1 } },
      { type: "turn.completed", turn_id: "t", stop_reason: "end_turn" },
    ]);
    expect(view.blocks.toArray().map((block) => block.type)).toEqual(["user", "plan", "tool", "turn"]);
    expect(view.blocks.at(1)).toMatchObject({ seq: 3, last_seq: 5, entries: [{ status: "completed" }] });
    expect(view.blocks.at(3)).toMatchObject({ usage: { input_tokens: 30, cost_usd: 0.1 } });
    expect(messageOf(view, "t")?.content).toBe("go");
    expect(messageOf(view, "other")).toBeUndefined();
  });

  it("is a steering message where it went in", () => {
    const log: EventDraft[] = [
      { type: "turn.started", turn_id: "t" },
      { type: "message.posted", message_id: "m", turn_id: "t2", content: "also this", by, steers: "t" },
      call("a"),
      { type: "turn.steered", turn_id: "t2", into: "t" },
    ];
    expect(viewOf(log.slice(0, 3)).waiting).toMatchObject([{ steers: "t", delivery: "waiting" }]);
    const view = viewOf(log);
    expect(view.waiting).toEqual([]);
    expect(view.blocks.at(1)).toMatchObject({ type: "user", content: "also this", delivery: "steered" });
  });

  it("is a value asked for, until the agent tells its options", () => {
    const log: EventDraft[] = [
      { type: "session.configured", option_id: "model", value_id: "large", by },
      { type: "config.updated", options: [] },
    ];
    expect(viewOf(log.slice(0, 1)).requested.get("model")).toEqual({ value_id: "large", by: "anna", at: 1_000 });
    expect(viewOf(log).requested.size).toBe(0);
  });
});
