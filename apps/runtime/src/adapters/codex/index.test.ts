import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentEvent, codexConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, fakeAgent, type Recorder, record, type TestHost, until } from "../../../test/adapter-host.ts";
import { recorded } from "../../../test/codex-replay.ts";
import { damagedStreams } from "../../../test/fuzz-lines.ts";
import type { AgentSession, OpenSession } from "../contract.ts";
import { codex } from "./index.ts";

const MODELS = [
  {
    id: "gpt-a",
    displayName: "GPT A",
    defaultReasoningEffort: "low",
    supportedReasoningEfforts: [{ reasoningEffort: "low" }, { reasoningEffort: "high" }],
  },
  { id: "gpt-b", displayName: "GPT B", defaultReasoningEffort: "medium", supportedReasoningEfforts: [{ reasoningEffort: "medium" }] },
  { id: "gpt-c", hidden: true },
];

interface SetUpOptions {
  readonly behaviour?: string;
  readonly fake?: object;
  readonly config?: object;
}

function setUp({ behaviour = "puppet", fake = {}, config = {} }: SetUpOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-codex-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "heard.jsonl");
  writeFileSync(log, "");
  const env = { FAKE_CODEX: JSON.stringify({ models: MODELS, log, ...fake }) };
  const host = createHost({ stop_grace: 250 });
  const parsed = codexConfigSchema.parse({ command: fakeAgent("codex"), args: [behaviour], work_dir: folder, env, ...config });
  const endpoint = codex.start(parsed, host);
  const heard = (method: string) =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .filter((message) => message.method === method);
  return { host, endpoint, folder, heard };
}

/** Closes the session when the test is over and checks that it left nothing. */
function follow(one: { readonly session: AgentSession }, host: TestHost): void {
  onTestFinished(async () => {
    await one.session.close();
    expect(host.children()).toEqual([]);
  });
}

async function open(options: SetUpOptions = {}) {
  const made = setUp(options);
  const one = await record(made.endpoint);
  follow(one, made.host);
  const tell = (...items: unknown[]) => one.run(JSON.stringify(items));
  return { ...made, one, tell };
}

async function openWith(options: SetUpOptions, more: Partial<OpenSession>) {
  const made = setUp(options);
  const events: AgentEvent[] = [];
  const emit = (event: AgentEvent) => events.push(event) > 0;
  const session = await made.endpoint.open({ session_id: "s", native_id: null, emit, resumed: async () => undefined, ...more });
  follow({ session }, made.host);
  const run = (text: string) => session.runTurn({ turn_id: "t", text }, new AbortController().signal);
  return { ...made, session, events, run };
}

const COMMAND = { ask: "item/commandExecution/requestApproval", params: { itemId: "c1", command: "/bin/bash -lc 'rm x'", cwd: "/w" } };
const START = { notify: "item/started", params: { item: { type: "commandExecution", id: "c1", command: "/bin/bash -lc 'rm x'" } } };
const DONE = { end: "completed" };

function approvals(one: Pick<Recorder, "events">) {
  return one.events.filter((event) => event.type === "approval.requested");
}

async function asked(one: Pick<Recorder, "events">, count = 1) {
  await until(() => approvals(one).length >= count, `${count} questions`);
  return approvals(one);
}

/** Lets the puppet's open turn end by a stop, which it answers. */
async function stopped(turn: Promise<unknown>, stop: AbortController) {
  stop.abort();
  expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
}

describe("codex", () => {
  it("opens its conversation as the config says and tells its id and options", async () => {
    const { one, tell, heard, folder } = await open({
      config: { additional_dirs: ["more", "/abs"], model: "gpt-b", sandbox_mode: "read-only" },
    });
    expect(await tell(DONE)).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(heard("initialize")[0].params).toMatchObject({ clientInfo: { name: "fairlead" }, capabilities: { experimentalApi: true } });
    expect(heard("initialized")).toHaveLength(1);
    expect(heard("thread/start")[0].params).toEqual({
      cwd: folder,
      approvalPolicy: "untrusted",
      sandbox: "read-only",
      model: "gpt-b",
      runtimeWorkspaceRoots: [folder, join(folder, "more"), "/abs"],
    });
    expect(heard("turn/start")[0].params).not.toHaveProperty("approvalPolicy");
    expect(one.events).toContainEqual({ type: "session.identified", native_id: "thread-1" });
    await until(() => one.events.some((event) => event.type === "config.updated"), "its options");
    expect(
      one.events.find((event) => event.type === "config.updated")?.options.map(({ id, current, values }) => [id, current, values.length]),
    ).toEqual([
      ["model", "gpt-b", 2],
      ["reasoning_effort", "medium", 1],
      ["approval_mode", "untrusted", 2],
    ]);
  });

  it("carries a question to the person and each answer back once, the id 0 included", async () => {
    const { one, tell } = await open();
    const turn = tell(START, COMMAND, { ...COMMAND, params: { ...COMMAND.params, itemId: "c2" } });
    const [first, second] = await asked(one, 2);
    expect(first).toMatchObject({ title: "rm x", tool_call_id: "c1" });
    expect(second).not.toHaveProperty("tool_call_id");
    expect(await one.session.answer(second?.approval_id ?? "", { option_id: "acceptForSession" })).toBe(true);
    expect(await one.session.answer(first?.approval_id ?? "", { option_id: "accept" })).toBe(true);
    expect(await one.session.answer(first?.approval_id ?? "", { option_id: "accept" })).toBe(false);
    await until(() => one.text().includes('got {"id":0,'), "the answers at the agent");
    expect(one.text("answer")).toBe('got {"id":1,"result":{"decision":"acceptForSession"}}\ngot {"id":0,"result":{"decision":"accept"}}\n');
    await one.session.close();
    expect(await turn).toMatchObject({ stop_reason: "cancelled" });
  });

  it("tells the model why it was denied, in this turn or with the next message", async () => {
    const { one, heard, tell } = await open();
    const turn = tell(COMMAND);
    const [question] = await asked(one);
    await one.session.answer(question?.approval_id ?? "", { option_id: "decline", reason: "use y" });
    await until(() => one.text().includes('"decision":"decline"'), "the answer at the agent");
    expect(heard("turn/steer")[0].params).toMatchObject({
      threadId: "thread-1",
      input: [{ type: "text", text: 'The user declined "rm x": use y', text_elements: [] }],
    });
    expect(one.text().indexOf("turn/steer")).toBeLessThan(one.text().indexOf('"decision":"decline"'));
    const stop = new AbortController();
    const lost = { ...COMMAND, params: { ...COMMAND.params, turnId: "over" } };
    await one.session.close();
    await turn;
    const again = await open();
    const second = again.one.run(JSON.stringify([lost]), stop.signal);
    const [late] = await asked(again.one);
    await again.one.session.answer(late?.approval_id ?? "", { option_id: "decline", reason: "too late" });
    await until(() => again.one.text().includes('"decision":"decline"'), "the answer at the agent");
    await stopped(second, stop);
    void again.tell("not json");
    await until(() => again.heard("turn/start").length === 2, "the next message");
    expect(again.heard("turn/start")[1].params.input[0].text).toContain("too late");
  });

  it("answers open questions before a stop, and cleans up what still runs", async () => {
    const { one, heard } = await open();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([START, COMMAND]), stop.signal);
    await asked(one);
    await stopped(turn, stop);
    expect(one.text()).toMatch(/"decision":"cancel".*turn\/interrupt/s);
    expect(heard("thread/backgroundTerminals/clean")).toHaveLength(1);
    const order = one.events.map(({ type }) => type).filter((type) => /withdrawn|tool/.test(type));
    expect(order).toEqual(["tool.started", "approval.withdrawn", "tool.updated"]);
    expect(one.events).toContainEqual({ type: "tool.updated", tool_call_id: "c1", status: "failed" });
    expect(await one.run(JSON.stringify([DONE]))).toEqual({ ok: true, stop_reason: "end_turn" });
  });

  it("ends a process that does not answer a stop, and goes on with the same conversation", async () => {
    const { one, tell, heard } = await open({ fake: { deaf: ["turn/interrupt"] } });
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([{ notify: "item/agentMessage/delta", params: { itemId: "m", delta: "on" } }]), stop.signal);
    await until(() => one.text() === "on", "its word");
    await stopped(turn, stop);
    expect(await tell(DONE)).toMatchObject({ ok: true });
    expect(heard("thread/resume")[0].params).toMatchObject({ threadId: "thread-1", approvalPolicy: "untrusted", excludeTurns: true });
    expect(one.codes()).toEqual(["restarted"]);
  });

  it("withdraws a question when the agent no longer waits, and when it dies", async () => {
    const { one, tell } = await open();
    const first = tell(COMMAND, { method: "serverRequest/resolved", params: { threadId: "thread-1", requestId: 0 } }, DONE);
    expect(await first).toMatchObject({ ok: true });
    expect(one.text()).not.toContain("decision");
    expect(await tell(START, COMMAND, { stderr: "panicked" }, { exit: 5 })).toMatchObject({
      ok: false,
      error: { kind: "exit", exit_code: 5 },
    });
    expect(one.events.filter((event) => event.type === "approval.withdrawn")).toHaveLength(2);
    expect(one.events).toContainEqual({ type: "tool.updated", tool_call_id: "c1", status: "failed" });
    expect(one.events).toContainEqual({ type: "notice", level: "info", code: "diagnostic", text: "panicked" });
    expect(await tell(DONE)).toMatchObject({ ok: true });
  });

  it("does not lose a message to a process that died since the last turn", async () => {
    const { one, tell, host } = await open();
    await tell(DONE);
    for (const pid of host.children()) process.kill(pid, "SIGKILL");
    expect(await tell(DONE)).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.codes()).toEqual(["restarted"]);
  });

  it("refuses what it does not know, gives up after too many questions, and survives bad lines", async () => {
    const { one, tell } = await open();
    const questions = Array.from({ length: 33 }, (_, index) => ({ ...COMMAND, id: `q${index}` }));
    const turn = tell({ ask: "new/thing", id: "n" }, "not json", { foo: 1 }, ...questions, { ...COMMAND, id: "q0" });
    await until(() => one.codes().filter((code) => code === "unknown_request").length === 2, "both notices");
    await until(() => one.text().includes("q32"), "the refusal");
    expect(approvals(one)).toHaveLength(32);
    expect(one.text()).toContain('got {"id":"n","error":{"code":-32601,"message":"not supported by this client"}}');
    expect(one.text()).toContain('got {"id":"q32","result":{"decision":"decline"}}');
    expect(one.codes().filter((code) => code === "bad_line")).toHaveLength(2);
    await one.session.close();
    await turn;
  });

  it("takes more text into a running turn, and none when there is none", async () => {
    const { one, heard } = await open();
    expect(await one.session.steer?.({ text: "early" })).toBe(false);
    const stop = new AbortController();
    const turn = one.run("[]", stop.signal);
    await until(() => heard("turn/start").length === 1, "the message at the agent");
    const picture = { path: "/tmp/a.png", name: "a.png", mime_type: "image/png", size: 10 };
    const table = { path: "/tmp/b.csv", name: "b.csv", mime_type: "text/csv", size: 10 };
    expect(await one.session.steer?.({ text: "more", attachments: [picture, table] })).toBe(true);
    expect(heard("turn/steer")[0].params.input).toEqual([
      { type: "text", text: "more\n\nAttached files:\n- b.csv: /tmp/b.csv", text_elements: [] },
      { type: "localImage", path: "/tmp/a.png" },
    ]);
    await stopped(turn, stop);
    expect(await one.session.steer?.({ text: "late" })).toBe(false);
  });

  it("sets options with the next turn, keeps them over a restart, and never offers not to ask", async () => {
    const { one, tell, heard } = await open();
    await one.session.configure?.("reasoning_effort", "high");
    await one.session.configure?.("model", "gpt-b");
    await one.session.configure?.("approval_mode", "on-request");
    const options = one.events.findLast((event) => event.type === "config.updated")?.options;
    expect(options?.map(({ id, current }) => [id, current])).toEqual([
      ["model", "gpt-b"],
      ["reasoning_effort", "medium"],
      ["approval_mode", "on-request"],
    ]);
    await expect(one.session.configure?.("approval_mode", "never")).rejects.toThrow('"never" is no value of "Approvals".');
    await expect(one.session.configure?.("constructor", "x")).rejects.toThrow("no option");
    await tell(DONE);
    await tell({ exit: 1 });
    await tell(DONE);
    const params = heard("turn/start").map((message) => message.params);
    expect(params[0]).toMatchObject({ model: "gpt-b", effort: "medium", approvalPolicy: "on-request" });
    expect(params[1]).not.toHaveProperty("model");
    expect(heard("thread/resume")[0].params).toMatchObject({ model: "gpt-b", approvalPolicy: "on-request" });
  });

  it("takes saved options, but not one that the config does not allow", async () => {
    const { run, heard } = await openWith({ behaviour: "echo" }, { settings: { model: "gpt-b", approval_mode: "never" } });
    expect(await run("hello")).toMatchObject({ ok: true });
    expect(heard("thread/start")[0].params).toMatchObject({ model: "gpt-b", approvalPolicy: "untrusted" });
    const trusting = await openWith(
      { behaviour: "echo", config: { approval_mode: "never" } },
      { settings: { approval_mode: "untrusted" } },
    );
    await trusting.run("hello");
    expect(trusting.heard("thread/start")[0].params).toMatchObject({ approvalPolicy: "untrusted" });
  });

  it("resumes a conversation, waiting for another writer to leave", async () => {
    const { run, events, heard } = await openWith({ behaviour: "echo", fake: { resume: 2 } }, { native_id: "old", work_dir: tmpdir() });
    expect(await run("hello")).toMatchObject({ ok: true });
    expect(heard("thread/resume")).toHaveLength(3);
    expect(heard("thread/resume")[0].params).toMatchObject({ threadId: "old", cwd: tmpdir() });
    expect(events.filter(({ type }) => type === "session.identified" || type === "notice")).toEqual([]);
  });

  it("begins anew when the conversation is lost, and says so", async () => {
    const { run, events } = await openWith({ behaviour: "echo", fake: { resume: "lost" } }, { native_id: "old" });
    expect(await run("hello")).toMatchObject({ ok: true });
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      code: "resumed",
      text: "The conversation could not be resumed (no rollout found for thread id old); a new conversation begins.",
    });
    expect(events).toContainEqual({ type: "session.identified", native_id: "thread-1" });
  });

  it("says how to sign in when nobody is", async () => {
    const { tell, host } = await open({ fake: { account: { account: null, requiresOpenaiAuth: true } } });
    const result = await tell(DONE);
    expect(result).toMatchObject({ ok: false, error: { kind: "auth", remedy: { command: expect.stringMatching(/ login$/) } } });
    expect(host.children()).toEqual([]);
  });

  it("makes Codex's failure a failed turn, and its refusal of a message too", async () => {
    const { tell } = await open();
    const error = { message: "slow down", codexErrorInfo: { responseTooManyFailedAttempts: { httpStatusCode: 429 } } };
    expect(await tell({ end: "failed", error })).toEqual({ ok: false, error: { kind: "rate_limit", message: "slow down" } });
    expect(await tell({ end: "interrupted" })).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(await tell({ end: "failed" })).toMatchObject({ ok: false, error: { kind: "internal" } });
  });

  it("lists Codex's own conversations, the newest first", async () => {
    const thread = (id: string, updatedAt: number, more = {}) => ({ id, updatedAt, preview: `${id} says\nmore`, cwd: "/w", ...more });
    const threads = [
      [thread("a", 1), thread("b", 3, { name: "Named" })],
      [thread("c", 2, { preview: "" }), thread("d", 9, { ephemeral: true })],
    ];
    const { endpoint, host, heard } = setUp({ fake: { threads } });
    expect(await endpoint.listNative?.()).toEqual([
      { native_id: "b", title: "Named", work_dir: "/w", updated_at: 3_000 },
      { native_id: "c", title: "Untitled", work_dir: "/w", updated_at: 2_000 },
      { native_id: "a", title: "a says", work_dir: "/w", updated_at: 1_000 },
    ]);
    expect(heard("thread/list")[0].params).toMatchObject({ modelProviders: [], sourceKinds: expect.arrayContaining(["cli", "exec"]) });
    expect(host.children()).toEqual([]);
    const broken = codex.start(codexConfigSchema.parse({ command: "no-such-command" }), host);
    await expect(broken.listNative?.()).rejects.toThrow("was not found on PATH");
  });

  it("tells what it logged when it cannot start", async () => {
    const { one } = await open({ behaviour: "die" });
    expect(await one.run("hello")).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 7 } });
    expect(one.events).toContainEqual(expect.objectContaining({ code: "diagnostic", text: "cannot start: no licence" }));
  });

  it("stays usable whatever its agent says, and asks before anything is allowed", async () => {
    const { one, tell } = await open();
    for (const { bytes } of damagedStreams(recorded("conversation").slice(0, 120), { cuts: 1, mixes: 5 })) {
      const lines = bytes.toString("utf8").split("\n");
      const stop = new AbortController();
      const heard = one.text().length;
      const turn = one.run(
        JSON.stringify([...lines, { notify: "item/agentMessage/delta", params: { itemId: "m", delta: "the end" } }]),
        stop.signal,
      );
      await until(() => one.text().slice(heard).includes("the end"), "the last line");
      await stopped(turn, stop);
    }
    expect(one.text()).not.toMatch(/"decision":"accept|"action":"accept/);
    expect(await tell(DONE)).toEqual({ ok: true, stop_reason: "end_turn" });
  });
});
