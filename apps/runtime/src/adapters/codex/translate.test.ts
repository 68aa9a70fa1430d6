import { readdirSync } from "node:fs";
import { agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { type Message, type ReplayedTurn, recorded, replay, WORK_DIR } from "../../../test/codex-replay.ts";
import { type Damaged, damagedStreams, everyCut, isRpcMessage } from "../../../test/fuzz-lines.ts";
import type { AdapterEvent } from "../contract.ts";
import { turnError } from "./failures.ts";
import { handleRequest } from "./requests.ts";
import { createTranslator } from "./translate.ts";

function said(turn: ReplayedTurn | undefined, kind: string): string {
  return (turn?.events ?? []).map((event) => (event.type === "message.delta" && event.kind === kind ? event.text : "")).join("");
}

function of<T extends AdapterEvent["type"]>(turn: ReplayedTurn | undefined, type: T): Extract<AdapterEvent, { type: T }>[] {
  return (turn?.events ?? []).filter((event): event is Extract<AdapterEvent, { type: T }> => event.type === type);
}

/** Every call that began has one end, and nothing is said of calls that did not begin. */
function checkCalls(events: readonly AdapterEvent[]): void {
  const open = new Map<string, boolean>();
  for (const event of events) {
    if (event.type === "tool.started") open.set(event.tool_call_id, true);
    if (event.type === "tool.delta") expect(open.get(event.tool_call_id)).toBe(true);
    if (event.type !== "tool.updated") continue;
    expect(open.get(event.tool_call_id)).toBe(true);
    if (event.status === "completed" || event.status === "failed") open.set(event.tool_call_id, false);
  }
  expect([...open.values()].some(Boolean)).toBe(false);
}

describe("a recorded conversation with Codex", () => {
  const turns = replay(recorded("conversation"));

  it("has every turn with its end, valid events and closed calls", () => {
    expect(turns.map(({ ended }) => ended?.status)).toEqual(
      Array.from({ length: 20 }, (_, index) => ([5, 15, 17, 18].includes(index) ? "interrupted" : "completed")),
    );
    for (const { events, troubles } of turns) {
      for (const event of events) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
      checkCalls(events);
      expect(troubles).toEqual([]);
    }
  });

  it("speaks, thinks, and counts the tokens of each turn alone", () => {
    expect(said(turns[0], "answer")).toBe("ECHO: hello codex");
    expect(said(turns[1], "thought")).toBe("pondering deeply");
    expect(said(turns[19], "answer")).toMatch(/ECHO: steered input$/);
    expect(of(turns[0], "usage.updated").at(-1)?.usage).toEqual({
      input_tokens: 6_252,
      output_tokens: 5,
      cached_tokens: 0,
      context_tokens: 6_257,
      context_size: 258_400,
    });
    expect(of(turns[1], "usage.updated").at(-1)?.usage).toMatchObject({ input_tokens: 12_585 - 6_252, context_tokens: 12_598 - 6_257 });
  });

  it("runs commands with their output and exit code", () => {
    const [started] = of(turns[2], "tool.started");
    expect(started).toMatchObject({ tool: "commandExecution", kind: "execute", title: "echo SANDBOXED; id -u", status: "in_progress" });
    expect(of(turns[2], "tool.delta").map(({ text }) => text)).toEqual(["SANDBOXED\n0\n"]);
    expect(of(turns[2], "tool.updated")).toEqual([
      { type: "tool.updated", tool_call_id: started?.tool_call_id, status: "completed", exit_code: 0 },
    ]);
    expect(of(turns[4], "tool.updated").at(-1)).toMatchObject({ status: "failed" });
  });

  it("tells at the end what Codex did not stream", () => {
    const late = turns.find((turn) => of(turn, "tool.started")[0]?.title.startsWith("echo FULL"));
    expect(of(late, "tool.delta").map(({ text }) => text)).toEqual(["MORE\n"]);
    expect(of(late, "tool.updated").at(-1)?.content).toEqual([{ type: "text", text: "FULL\n" }]);
  });

  it("changes files with diffs", () => {
    const [created] = of(turns[8], "tool.started");
    expect(created).toMatchObject({
      tool: "fileChange",
      kind: "edit",
      title: "Create new.txt",
      locations: [{ path: `${WORK_DIR}/new.txt` }],
    });
    expect(created?.content).toEqual([expect.objectContaining({ change: "created", added: 2, removed: 0 })]);
    const [edited] = of(turns[9], "tool.started");
    expect(edited?.content).toEqual([
      {
        type: "diff",
        path: `${WORK_DIR}/README.md`,
        change: "modified",
        patch: "@@ -1,2 +1,2 @@\n # demo\n-hello world\n+goodbye\n",
        added: 1,
        removed: 1,
      },
    ]);
    expect(of(turns[10], "tool.updated").at(-1)).toMatchObject({ status: "failed" });
  });

  it("closes the call of an interrupted command, and ignores its late end", () => {
    const [turn] = replay(recorded("interrupted"));
    expect(turn?.ended).toEqual({ status: "interrupted", failure: undefined });
    expect(of(turn, "tool.updated")).toEqual([expect.objectContaining({ status: "failed" })]);
  });

  it("reads what Codex says in code mode too", () => {
    for (const { events, troubles } of replay(recorded("code-mode"))) {
      for (const event of events) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
      checkCalls(events);
      expect(troubles).toEqual([]);
    }
  });
});

describe("failures", () => {
  it.each([
    ["unauthorized", "auth", /401 Unauthorized/],
    ["rate-limited", "rate_limit", /429 Too Many Requests/],
    ["cut", "internal", /stream disconnected/],
  ])("says what was wrong when the model is %s, after telling of the retry", (name, kind, words) => {
    const [turn] = replay(recorded(name));
    expect(turn?.troubles).toEqual([expect.objectContaining({ code: "retrying", text: expect.stringContaining("Reconnecting... 1/1") })]);
    const failure = turn?.ended?.failure;
    const error = failure && turnError(failure, "codex");
    expect(error?.kind).toBe(kind);
    expect(error?.message).toMatch(words);
    expect(error?.remedy?.command).toBe(kind === "auth" ? "codex login" : undefined);
  });

  it.each([
    ["usageLimitExceeded", "rate_limit"],
    ["unauthorized", "auth"],
    ["contextWindowExceeded", "limit"],
    ["modelNotFound", "http"],
    ["constructor", "internal"],
    [{ responseStreamDisconnected: { httpStatusCode: 403 } }, "auth"],
    [{ responseStreamDisconnected: null }, "http"],
    [{ constructor: {} }, "internal"],
    [null, "internal"],
    [7, "internal"],
  ])("takes %j for %s", (codexErrorInfo, kind) => {
    expect(turnError({ message: "m", codexErrorInfo }, "codex")).toMatchObject({ kind, message: "m" });
  });
});

describe("what is told once, elsewhere or not at all", () => {
  function begin() {
    const translator = createTranslator(WORK_DIR);
    translator.follow("main");
    translator.beginTurn();
    translator.identifyTurn("t1");
    const take = (method: string, params: object) => translator.take(method, { threadId: "main", turnId: "t1", ...params });
    return { translator, take };
  }

  it("tells a plan, an unknown message once, and a warning once", () => {
    const { take } = begin();
    const plan = [{ step: "one", status: "completed" }, { step: "two", status: "inProgress" }, { step: "three" }];
    expect(take("turn/plan/updated", { plan }).events).toEqual([
      {
        type: "plan.updated",
        entries: [
          { content: "one", priority: "medium", status: "completed" },
          { content: "two", priority: "medium", status: "in_progress" },
          { content: "three", priority: "medium", status: "pending" },
        ],
      },
    ]);
    expect(take("new/thing", {}).trouble).toMatchObject({ code: "unknown_message" });
    expect(take("new/thing", {}).trouble).toBeUndefined();
    expect(take("thread/started", { thread: { id: "another" } })).toEqual({ events: [] });
    expect(take("warning", { message: "w" }).trouble).toEqual({ code: "diagnostic", text: "w" });
    expect(take("warning", { message: "w" }).trouble).toBeUndefined();
    expect(take("item/started", { item: {} }).trouble).toMatchObject({ code: "bad_line" });
    expect(take("serverRequest/resolved", { requestId: 0 }).resolved).toBe(0);
  });

  it("says what was not streamed, and not twice what was", () => {
    const { take } = begin();
    take("item/agentMessage/delta", { itemId: "m1", delta: "Hel" });
    expect(take("item/completed", { item: { type: "agentMessage", id: "m1", text: "Hello" } }).events).toEqual([
      { type: "message.delta", kind: "answer", text: "lo", message_id: "m1" },
    ]);
    expect(take("item/completed", { item: { type: "reasoning", id: "r1", summary: ["a", "b"] } }).events).toEqual([
      { type: "message.delta", kind: "thought", text: "a\n\nb", message_id: "r1" },
    ]);
  });

  it("shows tools of MCP servers with their result, and items of a kind that is new", () => {
    const { take } = begin();
    const call = { type: "mcpToolCall", id: "c1", server: "demo", tool: "paint", arguments: { x: 1 } };
    expect(take("item/started", { item: call }).events).toEqual([
      expect.objectContaining({ tool: "demo.paint", title: "demo.paint", kind: "other", input: { x: 1 } }),
    ]);
    const result = { content: [{ type: "text", text: "done" }, { type: "image" }] };
    expect(take("item/completed", { item: { ...call, status: "completed", result } }).events).toEqual([
      expect.objectContaining({ status: "completed", content: [{ type: "text", text: "done\n(image)" }] }),
    ]);
    expect(take("item/completed", { item: { ...call, id: "c2", status: "failed", error: { message: "no" } } }).events.at(-1)).toMatchObject(
      {
        status: "failed",
        content: [{ type: "text", text: "no" }],
      },
    );
    expect(take("item/completed", { item: { type: "constructor", id: "bad id/☃" } }).events).toEqual([
      expect.objectContaining({ type: "tool.started", tool: "constructor", tool_call_id: expect.stringMatching(/^[0-9a-f]{40}$/) }),
      expect.objectContaining({ type: "tool.updated", status: "completed" }),
    ]);
  });

  it("shows a moved file without the note that Codex writes into the patch", () => {
    const { take } = begin();
    const target = `${WORK_DIR}/sub/g.txt`;
    const diff = `@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n\n\nMoved to: ${target}`;
    const changes = [{ path: `${WORK_DIR}/f.txt`, kind: { type: "update", move_path: target }, diff }];
    const [event] = take("item/started", { item: { type: "fileChange", id: "f", changes } }).events;
    expect(event).toMatchObject({ kind: "move", title: "Move f.txt" });
    const moved = { type: "diff", path: target, from_path: `${WORK_DIR}/f.txt`, change: "moved", added: 1, removed: 1 };
    expect(event).toHaveProperty("content", [{ ...moved, patch: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n" }]);
  });

  it("lets a sub-agent speak below its call, also after the turn, until it is stopped", () => {
    const { translator, take } = begin();
    const item = {
      type: "collabAgentToolCall",
      id: "spawn",
      tool: "spawnAgent",
      prompt: "help",
      status: "completed",
      receiverThreadIds: ["sub"],
    };
    take("item/completed", { item });
    const own = { threadId: "sub", turnId: "s1" };
    take("turn/started", { ...own, turn: { id: "s1" } });
    const speak = () => take("item/agentMessage/delta", { ...own, itemId: "m", delta: "hi" }).events;
    expect(speak()).toEqual([{ type: "message.delta", kind: "answer", text: "hi", message_id: "m", parent_tool_call_id: "spawn" }]);
    expect(take("turn/completed", { turn: { id: "s1", status: "completed" }, threadId: "other", turnId: undefined }).ended).toBeUndefined();
    const command = { type: "commandExecution", id: "c", command: "ls" };
    expect(take("item/started", { ...own, item: command }).events).toEqual([expect.objectContaining({ parent_tool_call_id: "spawn" })]);
    expect(translator.endTurn("completed")).toEqual([]);
    expect(speak()).toHaveLength(1);
    expect(translator.workers()).toEqual([own]);
    translator.beginTurn();
    expect(translator.endTurn("failed")).toEqual([{ type: "tool.updated", tool_call_id: "c", status: "failed" }]);
    expect(translator.workers()).toEqual([]);
    expect(speak()).toEqual([]);
    expect(take("item/agentMessage/delta", { threadId: "stranger", turnId: "x", itemId: "m", delta: "hi" }).events).toEqual([]);
  });

  it("does not count what a resumed conversation used before", () => {
    const translator = createTranslator(WORK_DIR);
    translator.follow("main");
    translator.beginTurn();
    const tokens = (input: number) => ({ totalTokens: input, inputTokens: input, cachedInputTokens: 0, outputTokens: 0 });
    const usage = (turnId: string, total: number, last: number) =>
      translator.take("thread/tokenUsage/updated", { threadId: "main", turnId, tokenUsage: { total: tokens(total), last: tokens(last) } })
        .events;
    expect(usage("old", 1_000, 400)).toEqual([]);
    translator.identifyTurn("t1");
    expect(usage("t1", 1_500, 200)).toEqual([expect.objectContaining({ usage: expect.objectContaining({ input_tokens: 500 }) })]);
  });
});

describe("spoiled streams", { timeout: 120_000 }, () => {
  const recordings = readdirSync(new URL("fixtures/", import.meta.url)).map((file) => file.replace(".jsonl", ""));
  const context = { work_dir: WORK_DIR, proposed: () => undefined, latest: () => undefined };

  /** Nothing throws, every event is valid, and no request is answered with a yes. */
  function check(stream: readonly string[]): void {
    const onRequest = ({ method, params }: Message) => {
      const handling = handleRequest(String(method), params, context);
      if (handling.kind === "answer") expect(JSON.stringify(handling.result)).not.toMatch(/accept|approved/);
    };
    for (const { events } of replay(stream, onRequest)) {
      for (const event of events) if (!agentEventSchema.safeParse(event).success) throw new Error(JSON.stringify(event));
    }
  }

  const linesOf = ({ bytes }: Damaged) => bytes.toString("utf8").split("\n");

  it.each(recordings)("does not mind at which byte %s is cut", (name) => {
    for (const cut of everyCut(recorded(name), isRpcMessage)) check(linesOf(cut));
  });

  it("does not mind lines that are lost, doubled, swapped, changed or noise", () => {
    for (const damaged of damagedStreams(recorded("conversation"), { cuts: 200, mixes: 60 })) check(linesOf(damaged));
  });
});
