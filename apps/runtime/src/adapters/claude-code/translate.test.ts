import { agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { recording } from "../../../test/claude-harness.ts";
import type { AdapterEvent, TurnResult } from "../contract.ts";
import { createEnding } from "./ending.ts";
import { outcomeOf } from "./outcome.ts";
import { createTranslator } from "./translate.ts";
import { createUsage } from "./usage.ts";
import { decodeLine, type NativeMessage } from "./wire.ts";

const PLACE = { cwd: "/home/user/project", home: "/home/user" };

function decoded(name: string): NativeMessage[] {
  return recording(name).map((line) => {
    const result = decodeLine(line);
    if (!result.ok) throw new Error(`${result.code}: ${line.slice(0, 200)}`);
    return result.message;
  });
}

interface Turn {
  readonly events: AdapterEvent[];
  readonly outcome: TurnResult;
}

/** A recording in which each message has one result, as events and outcomes by turn. */
function turns(name: string): Turn[] {
  const translator = createTranslator({ place: PLACE, propose: () => [] });
  const usage = createUsage();
  usage.start(true);
  const all: Turn[] = [];
  let events: AdapterEvent[] = [];
  let model: string | undefined;
  for (const message of decoded(name)) {
    events.push(...translator.receive(message));
    if (message.type === "system" && message.subtype === "init") model = message.model;
    if (message.type !== "result") continue;
    const outcome = outcomeOf(message);
    events.push({ type: "usage.updated", usage: { ...usage.take(message, { model, tokens: translator.contextTokens() }) } });
    events.push(...translator.endTurn({ broken: !outcome.ok, said: outcome.ok ? message.result : undefined }));
    all.push({ events, outcome });
    events = [];
    translator.beginTurn();
    usage.beginTurn();
  }
  for (const event of all.flatMap((turn) => turn.events)) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
  return all;
}

function text({ events }: Turn, kind: "answer" | "thought"): string {
  return events.map((event) => (event.type === "message.delta" && event.kind === kind ? event.text : "")).join("");
}

function last({ events }: Turn, type: AdapterEvent["type"]) {
  return events.filter((event) => event.type === type).at(-1);
}

describe("a recorded conversation", () => {
  const [hello, thinking, allowed, denied, written, edited, asked, planned] = turns("basic") as [
    Turn,
    Turn,
    Turn,
    Turn,
    Turn,
    Turn,
    Turn,
    Turn,
  ];

  it("says each text once, though it comes in pieces and again as a whole", () => {
    expect(text(hello, "answer")).toBe("ECHO: hello claude");
    expect(text(thinking, "thought")).toBe("pondering deeply");
    expect(text(thinking, "answer")).toBe("ECHO: THINK:pondering deeply;;x");
    expect(hello.outcome).toEqual({ ok: true, stop_reason: "end_turn" });
  });

  it("counts what each turn used, not what the process has used so far", () => {
    expect(last(hello, "usage.updated")).toMatchObject({
      usage: { input_tokens: 2696, output_tokens: 5, cost_usd: 0.010884, context_tokens: 2701, context_size: 1_000_000 },
    });
    expect(last(thinking, "usage.updated")).toMatchObject({ usage: { input_tokens: 2729, output_tokens: 8 } });
    const { usage } = last(thinking, "usage.updated") as Extract<AdapterEvent, { type: "usage.updated" }>;
    expect(usage.cost_usd).toBeCloseTo(0.02196 - 0.010884, 9);
  });

  it("follows a command from its first mention to its output", () => {
    const id = "toolu_1d469f8edc604b0a8bf5d374";
    expect(allowed.events.filter((event) => event.type.startsWith("tool."))).toEqual([
      { type: "tool.started", tool_call_id: id, tool: "Bash", title: "Bash", kind: "execute", status: "pending" },
      {
        type: "tool.updated",
        tool_call_id: id,
        title: "touch allowed.txt && echo RAN",
        status: "in_progress",
        input: { command: "touch allowed.txt && echo RAN", description: "mock shell command" },
        locations: [],
      },
      { type: "tool.updated", tool_call_id: id, status: "completed", content: [{ type: "text", text: "RAN" }] },
    ]);
  });

  it("tells a denied call as failed, with the reason the model got", () => {
    expect(last(denied, "tool.updated")).toMatchObject({ status: "failed", content: [{ type: "text", text: "Nope by controller" }] });
    expect(denied.outcome).toEqual({ ok: true, stop_reason: "end_turn" });
  });

  it("shows edits as diffs with the file's own lines", () => {
    expect(last(written, "tool.updated")).toMatchObject({ status: "completed" });
    expect(last(edited, "tool.updated")).toMatchObject({
      status: "completed",
      content: [
        {
          type: "diff",
          path: "/home/user/project/README.md",
          change: "modified",
          patch: "@@ -1,2 +1,2 @@\n # demo\n-hello world\n+goodbye",
        },
      ],
    });
    const read = edited.events.find((event) => event.type === "tool.updated" && event.title === "Read README.md");
    expect(read).toMatchObject({ locations: [{ path: "/home/user/project/README.md" }] });
  });

  it("follows questions and plans as calls too", () => {
    expect(last(asked, "tool.updated")).toMatchObject({ status: "completed" });
    expect(planned.events.find((event) => event.type === "tool.started")).toMatchObject({ tool: "ExitPlanMode", kind: "switch_mode" });
  });
});

describe("a recording of failures", () => {
  it.each([
    ["err-401", { kind: "auth", message: /401/, remedy: { command: "claude /login" } }],
    ["err-429", { kind: "rate_limit", message: /429/ }],
    ["err-model", { kind: "http", message: /selected model \(no-such-model\)/ }],
    ["resume-bad", { kind: "protocol", message: /No conversation found/ }],
  ])("%s says what is wrong, once", (name, { kind, message, ...more }) => {
    const [turn] = turns(name);
    expect(turn?.outcome).toMatchObject({ ok: false, error: { kind, message: expect.stringMatching(message), ...more } });
    // "success" is what Claude Code calls it, and it says the failure as an answer too.
    expect(turn === undefined ? "" : text(turn, "answer")).toBe("");
  });

  it("tells retries, and nothing of them when they helped", () => {
    for (const name of ["err-401", "err-retry-ok"]) {
      const [turn] = turns(name);
      expect(turn?.events.find((event) => event.type === "notice")).toMatchObject({ level: "warning", code: "retrying" });
    }
    expect(turns("err-retry-ok")[0]?.outcome).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(turns("err-mid")[0]?.outcome).toEqual({ ok: true, stop_reason: "end_turn" });
  });

  it("closes what was open when it was interrupted", () => {
    const all = turns("interrupt");
    expect(all.map(({ outcome }) => outcome)).toEqual([
      { ok: true, stop_reason: "cancelled" },
      { ok: true, stop_reason: "end_turn" },
      { ok: true, stop_reason: "cancelled" },
      { ok: true, stop_reason: "cancelled" },
      { ok: true, stop_reason: "end_turn" },
      { ok: true, stop_reason: "end_turn" },
    ]);
    for (const turn of all) {
      const ids = new Set(turn.events.flatMap((event) => (event.type === "tool.started" ? [event.tool_call_id] : [])));
      for (const id of ids) {
        const ends = turn.events.filter((event) => event.type === "tool.updated" && event.tool_call_id === id && event.status === "failed");
        expect(ends).toHaveLength(1);
      }
    }
  });
});

describe("sub-agents", () => {
  it("are told apart by the call that made them", () => {
    const [turn] = turns("agents") as [Turn];
    const [agent, read] = turn.events.filter((event) => event.type === "tool.started");
    expect(agent).toMatchObject({ tool: "Agent", kind: "other" });
    expect(read).toMatchObject({ tool: "Read", parent_tool_call_id: agent?.tool_call_id });
    expect(turn.events.filter((event) => event.type === "tool.updated" && event.status === "completed")).toMatchObject([
      { tool_call_id: read?.tool_call_id, parent_tool_call_id: agent?.tool_call_id },
      { tool_call_id: agent?.tool_call_id },
    ]);
  });

  it("speak, think and act within the call that made them, also one within the other", () => {
    const [turn] = turns("sub-agents") as [Turn];
    const told = turn.events.flatMap((event) => {
      const within = "parent_tool_call_id" in event ? event.parent_tool_call_id : undefined;
      if (event.type === "tool.started") return [[within, event.tool, event.tool_call_id]];
      return event.type === "message.delta" && within !== undefined ? [[within, event.kind, event.text.split("\n", 1)[0]]] : [];
    });
    const [outer, inner] = turn.events.flatMap((event) =>
      event.type === "tool.started" && event.tool === "Agent" ? [event.tool_call_id] : [],
    );
    expect(told).toEqual([
      [undefined, "Agent", outer],
      [outer, "answer", "outer begins"],
      [outer, "Agent", inner],
      [inner, "thought", "deep"],
      [inner, "answer", "inner speaks"],
      [inner, "Read", expect.any(String)],
      [inner, "answer", "inner seen"],
      [outer, "Bash", expect.any(String)],
      [outer, "answer", "outer seen"],
    ]);
    const own = turn.events.filter((event) => event.type === "message.delta" && event.parent_tool_call_id === undefined);
    expect(own.map((event) => (event.type === "message.delta" ? event.text : "")).join("")).toMatch(/^done with it\n/);
  });

  it("may work on after the turn, but not after the process", () => {
    const translator = createTranslator({ place: PLACE, propose: () => [] });
    const call = (id: string, parent: string | null) =>
      `{"type":"assistant","message":{"content":[{"type":"tool_use","id":"${id}","name":"Bash","input":{}}]},"parent_tool_use_id":${JSON.stringify(parent)}}`;
    for (const line of [call("own", null), call("sub", "earlier")]) {
      const result = decodeLine(line);
      if (result.ok) translator.receive(result.message);
    }
    expect(translator.endTurn({ broken: false })).toMatchObject([{ tool_call_id: "own", status: "failed" }]);
    expect(translator.endTurn({ broken: true })).toMatchObject([{ tool_call_id: "sub", status: "failed" }]);
  });
});

describe("the end of a turn with several lines", () => {
  const line = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

  /** At which result (counted from 0) each of these sets of lines is over in a recording; undefined: never. */
  function overAt(name: string, ...lines: string[]): number | "cancelled" | undefined {
    const ending = createEnding();
    for (const one of lines) ending.sent(one);
    let results = -1;
    for (const message of decoded(name)) {
      if (message.type === "result") results += 1;
      ending.take(message);
      if (ending.isOver()) return ending.result() === undefined ? "cancelled" : results;
    }
    return undefined;
  }

  it("comes with the one result when a line was taken into the running work", () => {
    expect(overAt("steer", line(1), line(2))).toBe(0);
  });

  it("comes with the last result when a line was answered after it", () => {
    expect(overAt("steer", line(3))).toBe(1);
    expect(overAt("steer", line(3), line(4))).toBe(2);
  });

  it("comes with the interrupted result, the waiting line being dropped", () => {
    expect(overAt("steer", line(5), line(6))).toBe(3);
  });

  it("comes without a result when the only line was dropped", () => {
    expect(overAt("steer", line(6))).toBe("cancelled");
  });

  it("does not come with the result of work that nobody asked for", () => {
    const results = decoded("agents").filter((message) => message.type === "result");
    expect(results.at(-1)?.origin).toMatchObject({ kind: "task-notification" });
    const ending = createEnding();
    ending.sent("mine");
    for (const result of results.slice(-1)) ending.take(result);
    expect(ending.isOver()).toBe(false);
  });

  it("comes with the next result where Claude Code does not name lines", () => {
    expect(overAt("interrupt", "mine")).toBe(0);
  });
});

describe("to-do lists and odd messages", () => {
  const one = (message: object) => {
    const result = decodeLine(JSON.stringify(message));
    return result.ok ? createTranslator({ place: PLACE, propose: () => [] }).receive(result.message) : [];
  };

  it("makes a plan of TodoWrite instead of a call", () => {
    const todos = [
      { content: "one", status: "completed", activeForm: "x" },
      { content: "two", status: "strange" },
    ];
    const content = [{ type: "tool_use", id: "t1", name: "TodoWrite", input: { todos } }];
    expect(one({ type: "assistant", message: { content } })).toEqual([
      {
        type: "plan.updated",
        entries: [
          { content: "one", priority: "medium", status: "completed" },
          { content: "two", priority: "medium", status: "pending" },
        ],
      },
    ]);
  });

  it("keeps ids that are no ids of ours apart all the same", () => {
    const content = ["a b", "a c"].map((id) => ({ type: "tool_use", id, name: "Bash", input: { command: `echo ${id}` } }));
    const started = one({ type: "assistant", message: { content } }).filter((event) => event.type === "tool.started");
    expect(new Set(started.map((event) => event.tool_call_id)).size).toBe(2);
    for (const event of started) expect(agentEventSchema.safeParse(event).success).toBe(true);
  });

  it("survives an input nested without end", () => {
    let input: object = {};
    for (let depth = 0; depth < 500; depth += 1) input = { deeper: input };
    const events = one({ type: "assistant", message: { content: [{ type: "tool_use", id: "t", name: "X", input }] } });
    expect(events.at(-1)).toMatchObject({ type: "tool.updated", input: {} });
  });
});
