import { BlockList, ChunkedText, type ToolBlock } from "@fairlead/client";
import { describe, expect, it } from "vitest";
import { commandOf, shortPath, titleOf } from "./call-words.ts";
import { countLines, foldSteps, summaryOf } from "./steps.ts";

function call(more: Partial<ToolBlock> = {}): ToolBlock {
  return {
    id: "tool:c",
    seq: 1,
    last_seq: 1,
    at: 1,
    turn_id: "t",
    type: "tool",
    tool_call_id: "c",
    tool: "Read",
    title: "Read a file",
    kind: "read",
    status: "completed",
    input: null,
    input_truncated: false,
    content: [],
    locations: [],
    output: ChunkedText.EMPTY,
    exit_code: null,
    ended_at: 2,
    children: BlockList.EMPTY,
    ...more,
  };
}

const diff = { type: "diff", path: "/w/a.ts", change: "modified", patch: "", added: 3, removed: 1 } as const;
const edit = call({ kind: "edit", content: [diff] });
const failed = call({ kind: "execute", status: "failed" });

describe("a folded group", () => {
  it("keeps what changed something, failed or is a sub-agent, and hides the rest", () => {
    const agent = call({ kind: "think", children: BlockList.from([call()]) });
    const steps = [call(), call(), edit, call(), failed, agent, call()];
    expect(foldSteps(steps, false)).toEqual({ shown: [edit, failed, agent], hidden: 4 });
  });

  it("shows the newest step while it may still grow", () => {
    const newest = call({ title: "newest" });
    expect(foldSteps([call(), call(), call(), newest], true).shown).toEqual([newest]);
  });

  it("is not folded where that would save nothing", () => {
    const steps = [call(), edit, call()];
    expect(foldSteps(steps, false)).toEqual({ shown: steps, hidden: 0 });
  });

  it("says what it holds, with the lines of sub-agents", () => {
    const agent = call({ kind: "think", children: BlockList.from([edit]) });
    expect(summaryOf([call(), call(), call({ kind: "search" }), call({ kind: "search" }), edit, agent])).toBe(
      "2 reads, 2 searches, 1 edit, 1 sub-agent",
    );
    expect(countLines([edit, agent])).toEqual({ added: 6, removed: 2 });
  });
});

describe("the title of a call", () => {
  it("lets a narrow screen cut the folder and keep the file", () => {
    const title = titleOf(call({ title: "Edit /w/src/deep/a.ts", locations: [{ path: "/w/src/deep/a.ts" }] }), "/w");
    expect(title).toEqual({ lead: "Edit ", folder: "src/deep/", file: "a.ts", mono: false });
  });

  it("is a command where it is one", () => {
    const run = call({ kind: "execute", title: "npm test", input: { command: "npm test -- --watch" } });
    expect(titleOf(run, null)).toMatchObject({ lead: "npm test", mono: true });
    expect(titleOf({ ...run, title: "Run the tests" }, null).mono).toBe(false);
    expect(commandOf(call({ input: { command: ["git", "status"] } }))).toBe("git status");
    expect(commandOf(call({ input: { path: "x" } }))).toBeUndefined();
  });

  it("is never empty", () => {
    expect(titleOf(call({ title: "", tool: "" }), null).lead).toBe("A step begun earlier");
  });

  it("tells a path as from the working directory", () => {
    expect(["/w/a/b.ts", "/wide/c.ts", "d.ts"].map((path) => shortPath(path, "/w"))).toEqual(["a/b.ts", "/wide/c.ts", "d.ts"]);
    expect(shortPath("/w/a", null)).toBe("/w/a");
  });
});
