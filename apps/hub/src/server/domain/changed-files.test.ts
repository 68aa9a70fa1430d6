/** Changes of an agent's calls joined per file. */
import type { DiffContent, EventDraft, SessionEvent } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { foldChanges } from "./changed-files.ts";

const diff = (path: string, more: Partial<DiffContent> = {}): DiffContent => ({
  type: "diff",
  path,
  change: "modified",
  patch: `@@ ${path}`,
  added: 2,
  removed: 1,
  ...more,
});
const started = (id: string, ...content: DiffContent[]): EventDraft => ({
  type: "tool.started",
  tool_call_id: id,
  tool: "Edit",
  title: "t",
  kind: "edit",
  status: "in_progress",
  ...(content.length === 0 ? {} : { content }),
});
const updated = (id: string, status: "in_progress" | "completed" | "failed", ...content: DiffContent[]): EventDraft => ({
  type: "tool.updated",
  tool_call_id: id,
  status,
  ...(content.length === 0 ? {} : { content }),
});

function changesOf(drafts: readonly EventDraft[], workDir: string | null = null) {
  const fold = foldChanges(workDir);
  for (const [index, draft] of drafts.entries()) fold.add({ ...draft, session_id: "s", seq: index + 1, at: 1 } as SessionEvent);
  return fold.changes();
}
const done = (id: string, ...content: DiffContent[]) => [started(id, ...content), updated(id, "completed")];

describe("changed files", () => {
  it("count only calls that were completed, with what they showed last", () => {
    const drafts = [
      started("running", diff("a")),
      started("failed", diff("b")),
      updated("failed", "failed"),
      started("c1", diff("wrong")),
      updated("c1", "in_progress", diff("c")),
      updated("c1", "completed"),
      updated("c1", "completed"),
      updated("c2", "completed", diff("d", { added: 5 })),
    ];
    expect(changesOf(drafts)).toEqual({
      files: [
        { path: "c", change: "modified", added: 2, removed: 1, patches: ["@@ c"] },
        { path: "d", change: "modified", added: 5, removed: 1, patches: ["@@ d"] },
      ],
      added: 7,
      removed: 2,
      truncated: false,
    });
  });

  it("join a file's changes in order, under one name whether it is told whole or from the folder", () => {
    const drafts = [...done("1", diff("/work/a", { patch: "one" })), ...done("2", diff("a", { patch: "two" }))];
    expect(changesOf(drafts, "/work").files).toEqual([{ path: "a", change: "modified", added: 4, removed: 2, patches: ["one", "two"] }]);
    expect(changesOf(done("1", diff("/workshop/a")), "/work").files).toMatchObject([{ path: "/workshop/a" }]);
  });

  it.each([
    [["created", "modified"], "created"],
    [["modified", "deleted"], "deleted"],
    [["deleted", "created"], "modified"],
    [["moved", "modified"], "moved"],
  ] as const)("%j is %s", (changes, expected) => {
    const drafts = changes.flatMap((change, index) => done(`${index}`, diff("a", { change })));
    expect(changesOf(drafts).files).toMatchObject([{ path: "a", change: expected }]);
  });

  it("follow a file that moves", () => {
    const drafts = [...done("1", diff("a", { patch: "one" })), ...done("2", diff("b", { change: "moved", from_path: "a", patch: "two" }))];
    expect(changesOf(drafts).files).toEqual([{ path: "b", change: "moved", added: 4, removed: 2, patches: ["one", "two"] }]);
  });

  it("are bounded: what does not fit is counted, and said", () => {
    const patch = "x".repeat(256 * 1024);
    const many = Array.from({ length: 10 }, (_, index) => done(`${index}`, diff(`f${index}`, { patch }))).flat();
    const { files, added, truncated } = changesOf(many);
    expect(files.flatMap(({ patches }) => patches)).toHaveLength(8);
    expect({ files: files.length, added, truncated }).toEqual({ files: 10, added: 20, truncated: true });
    const crowd = Array.from({ length: 1_100 }, (_, index) => done(`${index}`, diff(`f${index}`))).flat();
    expect(changesOf(crowd)).toMatchObject({ added: 2_200, truncated: true });
    expect(changesOf(crowd).files).toHaveLength(1_000);
    expect(changesOf(done("1", diff("a", { truncated: true }))).truncated).toBe(true);
  });
});
