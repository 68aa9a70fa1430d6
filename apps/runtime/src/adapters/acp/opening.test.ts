import { describe, expect, it } from "vitest";
import { LOADS, nativeId, RESUMES, setUp, tell } from "../../../test/acp-harness.ts";
import { until } from "../../../test/adapter-host.ts";

describe("a conversation", () => {
  it("is resumed where that is offered, without repeating it", async () => {
    const { one, open } = await setUp({ agent: RESUMES });
    await tell(one, "hello");
    await one.session.close();
    const two = await open({ native_id: nativeId(one) });
    expect(await tell(two, "back")).toMatchObject({ ok: true });
    expect(two.text()).toBe("back");
    expect(two.codes()).toEqual(["resumed"]);
    expect(two.events.some((event) => event.type === "session.identified")).toBe(false);
  });

  it("is loaded where only that is offered, and what is repeated is not shown again", async () => {
    const { one, open, heard } = await setUp({ agent: LOADS });
    await tell(one, "hello");
    await one.session.close();
    const two = await open({ native_id: nativeId(one) });
    expect(await tell(two, { delay: 500 }, "back")).toMatchObject({ ok: true });
    expect(two.text()).toBe("back");
    expect(two.events.some((event) => event.type === "tool.started")).toBe(false);
    expect(heard().some(({ method }) => method === "session/load")).toBe(true);
  });

  it.each([
    ["unknown", RESUMES, "could not be resumed"],
    ["that cannot be gone on with", {}, "cannot go on with an earlier conversation"],
  ])("%s is begun anew, and that is told", async (_, agent, words) => {
    const { open } = await setUp({ agent });
    const two = await open({ native_id: "gone" });
    expect(await tell(two, "back")).toMatchObject({ ok: true });
    expect(two.events).toContainEqual(
      expect.objectContaining({ type: "notice", level: "warning", code: "resumed", text: expect.stringContaining(words) }),
    );
    expect(nativeId(two)).toMatch(/^native-/);
  });

  it("that cannot be opened just now is not given up", async () => {
    const { open, heard } = await setUp({
      agent: { ...RESUMES, unknownSession: { code: -32603, message: "x", data: { reason: "thread_active_writer" } } },
    });
    const two = await open({ native_id: "busy" });
    expect(await tell(two, "back")).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("Another process has this conversation open") },
    });
    expect(heard().some(({ method }) => method === "session/new")).toBe(false);
  });

  it("rests before it is loaded where the agent would lose it, and a stop ends the wait", async () => {
    const { open, heard } = await setUp({ agent: LOADS, config: { preset: "gemini", args: ["script"] } });
    const two = await open({ native_id: "young" });
    const stop = new AbortController();
    const turn = two.run("[]", stop.signal);
    await until(() => two.codes().includes("resumed"), "the notice of the wait");
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(heard().map(({ method }) => method)).toEqual(["initialize"]);
    await two.session.close();
  });

  it("of the agent's own is listed, over all pages, the newest first", async () => {
    const agent = {
      initialize: { agentCapabilities: { loadSession: true, sessionCapabilities: { list: {} } } },
      pages: [
        { sessions: [{ sessionId: "a", cwd: "/w", title: "First", updatedAt: "2026-01-01T00:00:00Z" }, { odd: true }], nextCursor: "1" },
        { sessions: [{ sessionId: "b", updatedAt: "2026-01-02T00:00:00Z" }], nextCursor: null },
      ],
    };
    const { endpoint, host } = await setUp({ agent });
    expect(await endpoint.listNative?.()).toEqual([
      { native_id: "b", title: "", updated_at: Date.parse("2026-01-02T00:00:00Z") },
      { native_id: "a", title: "First", work_dir: "/w", updated_at: Date.parse("2026-01-01T00:00:00Z") },
    ]);
    expect(host.children()).toEqual([]);
    await expect((await setUp()).endpoint.listNative?.()).rejects.toThrow("does not tell its earlier sessions");
  });
});

describe("signing in", () => {
  const agent = { unauthorized: true, initialize: { authMethods: [{ id: "key" }] } };

  it("is done by the configured method when the agent asks for it", async () => {
    const { one, heard } = await setUp({ agent, config: { auth_method: "key" } });
    expect(await tell(one, "in")).toMatchObject({ ok: true });
    expect(heard().map(({ method }) => method)).toEqual(["initialize", "session/new", "authenticate", "session/new", "session/prompt"]);
  });

  it("is left to people otherwise, who are told how", async () => {
    for (const auth_method of [undefined, "other"]) {
      const { one } = await setUp({ agent, config: { auth_method, preset: "qwen", args: ["script"] } });
      expect(await tell(one, "in")).toMatchObject({ ok: false, error: { kind: "auth", remedy: { command: "qwen" } } });
    }
  });
});

describe("options", () => {
  const modes = { currentModeId: "auto", availableModes: [{ id: "auto" }, { id: "default", name: "Ask" }] };

  it("are told, set, and set again in another process", async () => {
    const { one, open, heard } = await setUp({ agent: { ...RESUMES, session: { modes } } });
    await one.session.configure?.("mode", "default");
    expect(one.events.filter((event) => event.type === "config.updated").map(({ options }) => options[0]?.current)).toEqual([
      "auto",
      "default",
    ]);
    expect(one.text()).toBe("");
    await expect(one.session.configure?.("mode", "root")).rejects.toThrow('offers no value "root"');
    await tell(one, { exit: 1 });
    await tell(one, "again");
    expect(heard().filter(({ method }) => method === "session/set_mode")).toHaveLength(2);
    const two = await open({ settings: { mode: "default" } });
    await tell(two, "hello");
    expect(heard().filter(({ method }) => method === "session/set_mode")).toHaveLength(3);
  });

  it("put the agent into the mode in which it asks before its first prompt", async () => {
    const { one, heard } = await setUp({ agent: { session: { modes } }, config: { preset: "qwen", args: ["script"] } });
    await tell(one, "hello");
    expect(heard().map(({ method }) => method)).toEqual(["initialize", "session/new", "session/set_mode", "session/prompt"]);
  });

  it("that make it ask and cannot be set fail the turn", async () => {
    const stubborn = await setUp({ agent: { stubborn: true, session: { modes } }, config: { mode: "default" } });
    expect(await tell(stubborn.one, "hello")).toMatchObject({ ok: false, error: { message: expect.stringContaining("not now") } });
    const unknown = await setUp({ agent: { session: { modes } }, config: { mode: "careful" } });
    expect(await tell(unknown.one, "hello")).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("it offers auto, default") },
    });
    expect(unknown.heard().some(({ method }) => method === "session/prompt")).toBe(false);
  });
});
