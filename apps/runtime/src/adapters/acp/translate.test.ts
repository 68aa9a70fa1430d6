import { agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { answerTo, type Played, play, readFixture } from "../../../test/acp-fixtures.ts";
import { RpcError } from "../../process/json-rpc.ts";
import type { AdapterEvent } from "../contract.ts";
import { failureInWords, failureOf, whyNotResumed } from "./failures.ts";
import { createOptions } from "./options.ts";
import { permissionOf } from "./permissions.ts";
import { createToolCalls } from "./tool-calls.ts";
import { hiddenFailure } from "./translate.ts";
import { createUsage } from "./usage.ts";
import {
  initializedSchema,
  permissionRequestSchema,
  promptResultSchema,
  sessionSetupSchema,
  toolCallSchema,
  updateSchema,
} from "./wire.ts";

const CLAUDE = "claude-agent-acp-acp";
const CODEX = "codex-acp-acp";
const SIGN_IN = { text: "Sign in.", command: "agent login" };
const WORK_DIR = "/home/user/project";

function textOf(events: readonly AdapterEvent[], kind = "answer"): string {
  return events.map((event) => (event.type === "message.delta" && event.kind === kind ? event.text : "")).join("");
}

function all(played: Played): AdapterEvent[] {
  return [...played.between, ...played.turns.flatMap(({ events }) => events)];
}

function errorOf(name: string, id: number): RpcError {
  const { error } = answerTo(readFixture(name), id) as { error: { code: number; message: string; data?: unknown } };
  return new RpcError(error.code, error.message, error.data);
}

function permissionsIn(name: string) {
  return readFixture(name)
    .filter(({ dir, msg }) => dir === "<" && msg.method === "session/request_permission")
    .map(({ msg }) => permissionRequestSchema.parse(msg.params));
}

function asked(name: string, index: number, current: string | null | undefined = null) {
  const request = permissionsIn(name)[index];
  if (request === undefined) throw new Error("no such request");
  const calls = createToolCalls(WORK_DIR);
  for (const { dir, msg } of readFixture(name)) {
    if (dir !== "<" || msg.method !== "session/update") continue;
    const call = toolCallSchema.safeParse(msg.params?.update).data;
    if (call?.toolCallId === request.toolCall.toolCallId && call.status !== "completed" && call.status !== "failed") calls.upsert(call);
  }
  calls.upsert(request.toolCall);
  const call = calls.find(request.toolCall.toolCallId);
  return call === undefined ? undefined : permissionOf(request, call, { work_dir: WORK_DIR, read: () => current });
}

describe("recorded conversations", () => {
  it.each([CLAUDE, CODEX])("of %s become valid events, and every call reaches its end", (name) => {
    const events = all(play(readFixture(name)));
    for (const event of events) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
    const begun = events.filter((event) => event.type === "tool.started").map((event) => event.tool_call_id);
    expect(begun.length).toBeGreaterThan(5);
    expect(new Set(begun).size).toBe(begun.length);
    for (const id of begun) {
      const last = events.filter((event) => (event.type === "tool.started" || event.type === "tool.updated") && event.tool_call_id === id);
      const statuses = last.map((event) => ("status" in event ? event.status : undefined)).filter((status) => status !== undefined);
      expect(["completed", "failed"]).toContain(statuses.at(-1));
      expect(statuses.filter((status) => status === "completed" || status === "failed")).toHaveLength(1);
    }
    expect(events.filter((event) => event.type === "notice" && event.code !== "retrying")).toEqual([]);
  });

  it("tell answers and thoughts apart and whole", () => {
    const { turns } = play(readFixture(CLAUDE));
    expect(textOf(turns[0]?.events ?? [])).toBe("ECHO: hello agent");
    expect(textOf(turns[1]?.events ?? [], "thought")).toBe("pondering deeply");
  });

  it("tell a command with its input, its output and its exit", () => {
    const [, , claude] = play(readFixture(CLAUDE)).turns;
    const started = claude?.events.find((event) => event.type === "tool.started");
    expect(started).toMatchObject({ tool: "Bash", kind: "execute", status: "pending", title: "Terminal" });
    expect(claude?.events).toContainEqual(expect.objectContaining({ type: "tool.updated", title: "touch allowed.txt && echo RAN" }));
    const codex = play(readFixture(CODEX)).turns.flatMap(({ events }) => events);
    expect(codex.find((event) => event.type === "tool.started")).toMatchObject({
      title: "touch allowed.txt && echo RAN",
      input: { command: "touch allowed.txt && echo RAN", cwd: WORK_DIR },
    });
    expect(codex).toContainEqual(expect.objectContaining({ type: "tool.delta", text: "RAN\n" }));
    expect(codex).toContainEqual(expect.objectContaining({ type: "tool.updated", status: "completed", exit_code: 0 }));
  });

  it("tell edits as diffs", () => {
    const contents = all(play(readFixture(CLAUDE))).flatMap((event) => (event.type === "tool.updated" ? (event.content ?? []) : []));
    expect(contents).toContainEqual(
      expect.objectContaining({ type: "diff", path: `${WORK_DIR}/new.txt`, change: "created", added: 2, removed: 0 }),
    );
    expect(contents).toContainEqual(
      expect.objectContaining({ type: "diff", change: "modified", patch: expect.stringContaining("-hello world\n+goodbye") }),
    );
  });

  it("tell the cost of each turn, not of the conversation", () => {
    const { turns } = play(readFixture(CLAUDE));
    const costs = turns.map(({ events }) => events.findLast((event) => event.type === "usage.updated")?.usage.cost_usd ?? 0);
    expect(costs[0]).toBeCloseTo(0.011064, 6);
    expect(costs[1]).toBeCloseTo(0.0109, 6);
    expect(turns[0]?.events.findLast((event) => event.type === "usage.updated")?.usage).toMatchObject({
      context_tokens: 2_658,
      context_size: 1_000_000,
    });
  });

  it("are not repeated while they are loaded", () => {
    const { translator } = play([]);
    const events = readFixture("claude-agent-acp-restore-load")
      .filter(({ dir, msg }) => dir === "<" && msg.method === "session/update")
      .flatMap(({ msg }) => translator.update(updateSchema.parse(msg.params?.update), "history"));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["commands.updated"]));
  });
});

describe("permission requests", () => {
  it("carry the whole input, what it touches and the agent's own options", () => {
    expect(asked(CODEX, 0)?.event).toMatchObject({
      title: "touch allowed.txt && echo RAN",
      kind: "execute",
      input: { command: "touch allowed.txt && echo RAN", cwd: WORK_DIR },
      subject: { command: "touch allowed.txt && echo RAN", cwd: WORK_DIR },
      options: [
        { id: "allow_once", kind: "allow_once", label: "Yes, proceed" },
        { id: "accept_execpolicy_amendment", kind: "allow_always" },
        { id: "cancel", kind: "reject_once" },
      ],
    });
  });

  it("take what they leave out from the call they are about", () => {
    const edit = asked(CODEX, 3);
    expect(edit?.event).toMatchObject({
      kind: "edit",
      subject: { paths: [`${WORK_DIR}/new.txt`] },
      input: { changes: [{ path: `${WORK_DIR}/new.txt`, before: null, after: "line1\nline2\n" }] },
      content: [{ type: "diff", path: `${WORK_DIR}/new.txt`, change: "created", added: 2 }],
    });
  });

  it("are judged by what the file holds, not by what the agent says it held", () => {
    const over = asked(CODEX, 3, "mine\n");
    expect(over?.event.content).toEqual([expect.objectContaining({ change: "modified", removed: 1, added: 2 })]);
    expect(over?.changes).toEqual([{ path: `${WORK_DIR}/new.txt`, before: "mine\n", after: "line1\nline2\n" }]);
  });

  it("show an edit of a part where it stands in the file", () => {
    const calls = createToolCalls("/w");
    const content = [{ type: "diff", path: "/w/a", oldText: "two", newText: "2" }];
    const request = permissionRequestSchema.parse({
      toolCall: { toolCallId: "c", content },
      options: [{ optionId: "y", kind: "allow_once", name: "Yes" }],
    });
    calls.upsert(request.toolCall);
    const call = calls.find("c");
    if (call === undefined) throw new Error("no call");
    const permission = permissionOf(request, call, { work_dir: "/w", read: () => "one\ntwo\nthree\n" });
    expect(permission?.event.content).toEqual([expect.objectContaining({ patch: expect.stringMatching(/^@@ -1,3 \+1,3 @@/) })]);
    // Nobody can say no with the agent's own options, so an answer that cancels is added.
    expect(permission?.event.options.map(({ id, kind }) => [id, kind])).toEqual([
      ["y", "allow_once"],
      ["cancelled", "reject_once"],
    ]);
    expect(permission?.choices.get("cancelled")).toEqual({ option_id: undefined, allows: false });
  });

  it("without a usable option are none", () => {
    const request = permissionRequestSchema.parse({ toolCall: { toolCallId: "c" }, options: [{ optionId: "y", kind: "allow_all" }, 7] });
    const calls = createToolCalls("/w");
    calls.upsert(request.toolCall);
    const call = calls.find("c");
    expect(call && permissionOf(request, call, { work_dir: "/w", read: () => null })).toBeUndefined();
  });
});

describe("errors", () => {
  it.each([
    ["claude-agent-acp-err_401", "auth"],
    ["codex-acp-err_401", "auth"],
    ["claude-agent-acp-err_429", "rate_limit"],
  ])("of %s are of the kind %s", (name, kind) => {
    const error = failureOf(errorOf(name, 3), SIGN_IN);
    expect(error.kind).toBe(kind);
    expect(error.remedy).toEqual(kind === "auth" ? SIGN_IN : undefined);
  });

  it("told as HTTP codes or in data are understood", () => {
    expect(failureOf(new RpcError(429, "slow down"), SIGN_IN)).toMatchObject({
      kind: "rate_limit",
      message: expect.stringContaining("slow down"),
    });
    expect(failureOf(new RpcError(401, "no key"), SIGN_IN).kind).toBe("auth");
    expect(failureOf(new RpcError(500, "oops"), SIGN_IN).kind).toBe("http");
    expect(failureOf(new RpcError(-32603, "x", { codex_error_info: { http_status_code: 403 } }), SIGN_IN).kind).toBe("auth");
    expect(failureOf(new RpcError(-32603, "Internal error", { details: "disk full" }), SIGN_IN)).toMatchObject({
      kind: "protocol",
      message: "The agent reported a failure: Internal error: disk full",
    });
  });

  it("that the agent calls the end of a turn are found where it lets them be seen", () => {
    const [turn] = play(readFixture("codex-acp-err_429")).turns;
    if (turn === undefined) throw new Error("no turn");
    const hidden = hiddenFailure(turn.deeds);
    expect(hidden).toMatchObject({ failed: true });
    expect(failureInWords(typeof hidden === "object" ? hidden.words : "", SIGN_IN)).toMatchObject({ kind: "rate_limit" });
    expect(turn.events).toContainEqual(expect.objectContaining({ type: "notice", code: "retrying" }));
    expect(hiddenFailure({ words: "Error: boom", hasWorked: true, hasFailed: false })).toMatch(/last words are an error/);
    expect(hiddenFailure({ words: "", hasWorked: false, hasFailed: false })).toMatch(/without a word/);
    expect(hiddenFailure({ words: "Errors are handled.", hasWorked: true, hasFailed: false })).toBeUndefined();
  });

  it("of a resume tell whether the conversation is gone", () => {
    expect(whyNotResumed(errorOf("claude-agent-acp-restore-bad", 2))).toBe("unknown");
    expect(whyNotResumed(errorOf("codex-acp-restore-bad", 2))).toBe("unknown");
    expect(whyNotResumed(new RpcError(-32603, "Internal error", { reason: "thread_active_writer" }))).toBe("busy");
    expect(whyNotResumed(new RpcError(-32603, "disk full"))).toBe("failed");
    expect(whyNotResumed(new Error("did not answer"))).toBe("failed");
  });
});

describe("options", () => {
  it("of all generations are one list, the newest first to be asked", () => {
    const options = createOptions();
    expect(options.take(sessionSetupSchema.parse(answerTo(readFixture(CODEX), 2).result))).toBe(true);
    expect(
      options
        .list()
        .map(({ id, category }) => [id, category])
        .slice(0, 3),
    ).toEqual([
      ["mode", "mode"],
      ["collaboration_mode", "other"],
      ["model", "model"],
    ]);
    expect(options.request("mode", "agent")).toEqual({ method: "session/set_config_option", params: { configId: "mode", value: "agent" } });
    expect(options.request("mode", "root")).toBeUndefined();
    options.setMode("agent");
    expect(options.find("mode", "agent")?.isCurrent).toBe(true);
  });

  it("of the older generations are set by their own methods", () => {
    const options = createOptions();
    const modes = { currentModeId: "ask", availableModes: [{ id: "ask" }, { id: "all", name: "Everything" }, { id: "x".repeat(201) }] };
    options.take(
      sessionSetupSchema.parse({ modes, models: { currentModelId: "a", availableModels: [{ modelId: "a" }, { modelId: "b" }] } }),
    );
    expect(options.list()).toMatchObject([
      { id: "mode", current: "ask", values: [{ id: "ask" }, { id: "all", name: "Everything" }] },
      { id: "model", current: "a" },
    ]);
    const model = options.request("model", "b");
    expect(model).toEqual({ method: "session/set_model", params: { modelId: "b" } });
    expect(options.request("mode", "all")).toEqual({ method: "session/set_mode", params: { modeId: "all" } });
    if (model !== undefined) options.settle(model);
    expect(options.list()[1]?.current).toBe("b");
  });
});

describe("usage", () => {
  it("counts what was read from a cache once, whichever way the agent counts it", () => {
    const figures = (usage: object) => {
      const counter = createUsage({ sums: false });
      counter.begin();
      const [event] = counter.prompted(promptResultSchema.parse({ usage }));
      return event?.type === "usage.updated" ? event.usage : undefined;
    };
    const apart = { inputTokens: 10, outputTokens: 5, cachedReadTokens: 90, cachedWriteTokens: 0, totalTokens: 105 };
    expect(figures(apart)).toMatchObject({ input_tokens: 100, output_tokens: 5, cached_tokens: 90 });
    expect(figures({ ...apart, inputTokens: 100 })).toMatchObject({ input_tokens: 100, cached_tokens: 90 });
  });

  it("takes the sums of some agents apart", () => {
    const counter = createUsage({ sums: true });
    const at = (inputTokens: number, outputTokens: number) => {
      counter.begin();
      return counter.prompted(promptResultSchema.parse({ usage: { inputTokens, outputTokens } }));
    };
    expect(at(100, 10)).toMatchObject([{ usage: { input_tokens: 100, output_tokens: 10 } }]);
    expect(at(250, 30)).toMatchObject([{ usage: { input_tokens: 150, output_tokens: 20 } }]);
  });

  it("is found where some agents hide it", () => {
    const _meta = { quota: { token_count: { input_tokens: 7, output_tokens: 3 } } };
    expect(promptResultSchema.parse({ stopReason: "end_turn", _meta }).usage).toEqual({ inputTokens: 7, outputTokens: 3 });
  });

  it("has no price for the first turn of a conversation gone on with", () => {
    const counter = createUsage({ sums: false });
    const at = (amount: number) =>
      counter.standing(updateSchema.parse({ sessionUpdate: "usage_update", cost: { amount, currency: "USD" } }));
    counter.begin();
    expect(at(0.5)).toEqual([{ type: "usage.updated", usage: {} }]);
    counter.begin();
    expect(at(0.75)).toEqual([{ type: "usage.updated", usage: { cost_usd: 0.25 } }]);
  });
});

describe("tool calls", () => {
  it("keep ids apart that an agent uses again in its next turn, and make usable ones of odd ones", () => {
    const calls = createToolCalls("/w");
    const idOf = (toolCallId: string) => {
      const [event] = calls.upsert(toolCallSchema.parse({ toolCallId, title: "x" }));
      return event?.type === "tool.started" ? event.tool_call_id : undefined;
    };
    expect(idOf("a:0")).toBe("a:0");
    calls.closeAll();
    expect(idOf("a:0")).toBe("a:0.2");
    expect(idOf("odd id/é")).toMatch(/^call-[0-9a-f]{24}$/);
  });

  it("ignore a status after the last one, and what is too deep in an input", () => {
    const calls = createToolCalls("/w");
    const raw = JSON.parse(`${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`);
    const [started] = calls.upsert(toolCallSchema.parse({ toolCallId: "c", status: "completed", rawInput: raw }));
    expect(JSON.stringify(started).length).toBeLessThan(1_000);
    expect(calls.upsert(toolCallSchema.parse({ toolCallId: "c", status: "in_progress" }))).toEqual([]);
    expect(calls.closeAll()).toEqual([]);
  });
});

describe("what an agent says of itself", () => {
  it("may be nothing, or odd", () => {
    for (const answer of [{}, { agentCapabilities: { promptCapabilities: 7, sessionCapabilities: null } }]) {
      expect(initializedSchema.parse(answer).agentCapabilities).toMatchObject({
        loadSession: false,
        promptCapabilities: { image: false },
        sessionCapabilities: { resume: false, list: false },
      });
    }
  });
});
