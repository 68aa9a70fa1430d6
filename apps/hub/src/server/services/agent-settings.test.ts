/** What a session asks of its agent besides talk: options, worktrees, earlier sessions, steering; and what it changed. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RuntimeLink } from "./contract.ts";
import { CAPABILITIES, createKit, type Kit, offer, types } from "./test/kit.ts";

const able = offer("coder", {
  capabilities: { ...CAPABILITIES, steer: true, resume: true, native_sessions: true, worktree: true },
  program: { name: "coder", version: "1.2.3", tested: ">=1 <2", in_range: true },
});

let kit: Kit;
let link: RuntimeLink;
beforeEach(async () => {
  kit = await createKit();
  link = (await kit.connect({ endpoints: [offer("bash"), able] })).link;
});
afterEach(() => kit.close());

const create = (more: object = {}) => kit.newSession(kit.ann, { endpoint_id: "coder", ...more });
const starts = async () => (await kit.commands(link)).filter((command) => command.kind === "turn.start");

describe("an endpoint", () => {
  it("shows the program behind it, as long as it says so", async () => {
    const programOf = async () => (await kit.call(kit.ann, "endpoints.list", {})).map(({ id, program }) => [id, program]);
    expect(await programOf()).toEqual([
      ["bash", null],
      ["coder", able.program],
    ]);
    await kit.services.runtimes.offer(link, [{ ...able, program: undefined }]);
    expect(await programOf()).toEqual([["coder", null]]);
  });
});

describe("sessions.create", () => {
  it("begins in a worktree, which every turn's command says", async () => {
    const { id } = await create({ worktree: true });
    await kit.call(kit.ann, "messages.send", { session_id: id, content: "go" });
    expect((await kit.events(id))[0]).toMatchObject({ type: "session.created", worktree: true });
    expect(await starts()).toMatchObject([{ worktree: true, native_id: null }]);
  });

  it("goes on with a session of the agent's own, once at a time", async () => {
    const { id } = await create({ native_id: 'n"1%_' });
    await kit.call(kit.ann, "messages.send", { session_id: id, content: "go" });
    expect(await starts()).toMatchObject([{ native_id: 'n"1%_' }]);
    await expect(create({ native_id: 'n"1%_', title: "again" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: /your session "go" goes on with it already/,
    });
    const bobs = kit.newSession(kit.bob, { endpoint_id: "coder", native_id: 'n"1%_' });
    await expect(bobs).rejects.toMatchObject({ code: "CONFLICT", message: /a session of somebody else/ });
    await create({ native_id: "n" });
    await kit.call(kit.ann, "sessions.close", { session_id: id });
    await create({ native_id: 'n"1%_' });
  });

  it("refuses what the agent cannot do, and says so", async () => {
    const bash = { endpoint_id: "bash" };
    await expect(create({ ...bash, worktree: true })).rejects.toMatchObject({ code: "CONFLICT", message: /The bash cannot work in a git/ });
    await expect(create({ ...bash, native_id: "n" })).rejects.toMatchObject({ code: "CONFLICT", message: /cannot go on with an earlier/ });
    await expect(create({ worktree: true, native_id: "n" })).rejects.toMatchObject({ code: "CONFLICT", message: /leave out either/ });
  });
});

describe("messages.send with steer", () => {
  it("names the running turn where the agent takes more", async () => {
    const { id: session_id } = await create();
    const send = (content: string) => kit.call(kit.ann, "messages.send", { session_id, content, steer: true });
    const first = await send("one");
    await kit.report(link, session_id, { type: "turn.started", turn_id: first.turn_id });
    const second = await send("two");
    const [, start] = await starts();
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "message.posted", steers: first.turn_id });
    expect(start).toMatchObject({ turn_id: second.turn_id, steers: first.turn_id });
    await kit.report(link, session_id, { type: "turn.steered", turn_id: second.turn_id, into: first.turn_id });
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).queued).toBe(0);
    await kit.call(kit.ann, "sessions.stop", { session_id });
    await send("three");
    expect((await kit.events(session_id)).at(-1)).not.toHaveProperty("steers");
  });

  it("just waits its turn elsewhere", async () => {
    const { id: session_id } = await create({ endpoint_id: "bash" });
    const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "one" });
    await kit.report(link, session_id, { type: "turn.started", turn_id });
    await kit.call(kit.ann, "messages.send", { session_id, content: "two", steer: true });
    expect((await kit.events(session_id)).at(-1)).not.toHaveProperty("steers");
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).queued).toBe(1);
  });
});

describe("sessions.configure", () => {
  const values = [
    { id: "opus", name: "Opus" },
    { id: "haiku", name: "Haiku" },
  ];
  const model = { id: "model", name: "Model", category: "model" as const, current: "opus", values };

  it("asks the agent for a value it offers; the agent tells when it holds", async () => {
    const { id: session_id } = await create();
    const configure = (option_id: string, value_id: string) => kit.call(kit.ann, "sessions.configure", { session_id, option_id, value_id });
    await expect(configure("model", "haiku")).rejects.toMatchObject({ code: "CONFLICT", message: /has not told any options yet/ });
    await kit.report(link, session_id, { type: "config.updated", options: [model] });
    await expect(configure("mode", "haiku")).rejects.toMatchObject({ code: "INVALID_INPUT", message: "option_id: this agent has model" });
    await expect(configure("model", "gpt")).rejects.toMatchObject({ code: "INVALID_INPUT", message: "value_id: Model can be opus, haiku" });
    expect(await configure("model", "haiku")).toEqual({ status: "requested" });
    const change = { option_id: "model", value_id: "haiku" };
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "session.configured", ...change, by: { name: "ann" } });
    const commands = (await kit.commands(link)).filter((command) => command.kind === "session.configure");
    expect(commands).toMatchObject([{ endpoint_id: "coder", ...change }]);
    const [command] = commands;
    await kit.services.runtimes.acknowledge(link, { type: "command.ack", id: command?.id ?? "", state: "failed", error: "not now" });
    expect((await kit.events(session_id)).at(-1)).toMatchObject({
      type: "notice",
      level: "warning",
      text: /"model" was not changed: not now/,
    });
    await kit.call(kit.ann, "sessions.close", { session_id });
    await expect(configure("model", "haiku")).rejects.toMatchObject({ code: "CONFLICT", message: /is closed/ });
  });
});

describe("sessions.changes", () => {
  it("reads the whole log, whatever its length", async () => {
    const { id: session_id } = await create();
    const content = (path: string) => [{ type: "diff" as const, path, change: "created" as const, patch: "+x", added: 1, removed: 0 }];
    const started = { type: "tool.started" as const, tool: "Write", title: "w", kind: "edit" as const, status: "pending" as const };
    const text = { type: "message.delta" as const, kind: "answer" as const, text: "…", message_id: "m" };
    await kit.report(link, session_id, { type: "session.located", work_dir: "/work" });
    await kit.report(link, session_id, { ...started, tool_call_id: "c1", content: content("/work/a") });
    await kit.report(link, session_id, ...Array.from({ length: 2_500 }, () => text));
    await kit.report(link, session_id, { type: "tool.updated", tool_call_id: "c1", status: "completed" });
    await kit.report(link, session_id, { ...started, tool_call_id: "c2", content: content("/work/b") });
    expect(await kit.call(kit.ann, "sessions.changes", { session_id })).toEqual({
      files: [{ path: "a", change: "created", added: 1, removed: 0, patches: ["+x"] }],
      added: 1,
      removed: 0,
      truncated: false,
    });
    expect(types(await kit.events(session_id)).filter((type) => type === "tool.started")).toHaveLength(2);
  });
});
