import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createHost, fakeAgent, record } from "../../../test/adapter-host.ts";
import { current, DONE, eventsOf, script, setUpClaude } from "../../../test/claude-harness.ts";
import { claudeCode } from "./index.ts";

const OLD_ID = "11111111-2222-4333-8444-555555555555";

describe("its settings", () => {
  it("are set at once, starting it if need be, and again when it starts anew", async () => {
    const { one, sent } = await setUpClaude();
    await one.session.configure?.("permission_mode", "acceptEdits");
    await one.session.configure?.("model", "small");
    expect([current(one, "permission_mode"), current(one, "model")]).toEqual(["acceptEdits", "small"]);
    expect(sent().slice(2)).toMatchObject([
      { request: { subtype: "set_permission_mode", mode: "acceptEdits" } },
      { request: { subtype: "set_model", model: "small" } },
    ]);
    expect(await script(one, { exit: 1 })).toMatchObject({ ok: false });
    expect(await one.run("again")).toEqual(DONE);
    const starts = sent().filter((line) => Array.isArray(line));
    expect(starts[1]).toEqual(expect.arrayContaining(["--permission-mode", "acceptEdits", "--model", "small"]));
  });

  it("come from the session when it opens", async () => {
    const { one, sent } = await setUpClaude({ session: { settings: { permission_mode: "plan", model: "small" } } });
    await one.run("hello");
    expect(sent()[0]).toEqual(expect.arrayContaining(["--permission-mode", "plan", "--model", "small"]));
    expect(current(one, "permission_mode")).toBe("plan");
  });

  it("are told in any case, and refused when nobody offers them", async () => {
    const { one } = await setUpClaude({ session: { settings: { permission_mode: "bypassPermissions" } } });
    await one.session.configure?.("permission_mode", "default");
    const told = eventsOf(one, "config.updated").length;
    await one.session.configure?.("permission_mode", "default");
    expect(eventsOf(one, "config.updated")).toHaveLength(told + 1);
    for (const [option, value] of [
      ["permission_mode", "bypassPermissions"],
      ["permission_mode", "auto"],
      ["model", "none"],
      ["x", "y"],
    ] as const) {
      await expect(one.session.configure?.(option, value)).rejects.toThrow(`no such setting here: ${option} = ${value}`);
    }
    expect(current(one, "permission_mode")).toBe("default");
  });

  it("stay as they were when Claude Code refuses", async () => {
    const { one } = await setUpClaude({ setup: { refuse: true } });
    await expect(one.session.configure?.("model", "small")).rejects.toThrow("Claude Code refused: not here");
    expect(current(one, "model")).toBe("default");
  });

  it("fail in words when it cannot be started", async () => {
    const { one } = await setUpClaude({ config: { command: "no-such-command" } });
    await expect(one.session.configure?.("model", "small")).rejects.toThrow(/"no-such-command" was not found on PATH/);
  });
});

describe("going on with a conversation", () => {
  it("resumes the one it is given", async () => {
    const { open, store } = await setUpClaude();
    writeFileSync(join(store, OLD_ID), "");
    const one = await open({ native_id: OLD_ID });
    expect(await one.run("hello")).toEqual(DONE);
    expect(eventsOf(one, "session.identified")).toEqual([]);
    expect(eventsOf(one, "notice")).toMatchObject([{ level: "info", code: "resumed" }]);
    // What was spent before is not known, so what this turn cost is not either.
    expect(eventsOf(one, "usage.updated")[0]?.usage.cost_usd).toBeUndefined();
  });

  it.each([OLD_ID, "--dangerously-skip-permissions", "../x"])(
    "begins a new one, with the message, when %s is not known",
    async (native_id) => {
      const { open, sent } = await setUpClaude();
      const one = await open({ native_id });
      expect(await one.run("hello")).toEqual(DONE);
      expect(one.text("answer")).toBe("heard: hello");
      const lost = eventsOf(one, "notice").filter(({ code }) => code === "resumed");
      expect(lost).toMatchObject([{ level: "warning", text: expect.stringContaining(`${native_id} could not be resumed`) }]);
      expect(eventsOf(one, "session.identified")).toHaveLength(1);
      expect(eventsOf(one, "usage.updated")).toHaveLength(1);
      expect(sent().flat()).not.toContain("--dangerously-skip-permissions");
    },
  );

  it("lets one session at a time write to a conversation", async () => {
    const { open, store } = await setUpClaude();
    writeFileSync(join(store, OLD_ID), "");
    const [first, second] = [await open({ native_id: OLD_ID }), await open({ native_id: OLD_ID })];
    expect(await first.run("hello")).toEqual(DONE);
    expect(await second.run("hello")).toMatchObject({ ok: false, error: { message: expect.stringContaining("open in another session") } });
    await first.session.close();
    expect(await second.run("hello")).toEqual(DONE);
  });

  it("follows it to another id", async () => {
    const { one } = await setUpClaude();
    await script(one, { send: { type: "system", subtype: "init", session_id: OLD_ID, permissionMode: "default" } });
    expect(eventsOf(one, "session.identified").at(-1)).toEqual({ type: "session.identified", native_id: OLD_ID });
  });
});

describe("its own conversations", () => {
  it("are listed, the newest first, with what was first said", async () => {
    const { endpoint, folder } = await setUpClaude();
    expect(await endpoint.listNative?.()).toEqual([]);
    const projects = join(folder, ".claude", "projects", "-home-user-project");
    mkdirSync(projects, { recursive: true });
    const put = (name: string, seconds: number, ...lines: unknown[]) => {
      const path = join(projects, name);
      writeFileSync(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
      utimesSync(path, seconds, seconds);
    };
    const user = (content: unknown, more: object = {}) => ({
      type: "user",
      cwd: "/home/user/project",
      message: { role: "user", content },
      ...more,
    });
    put(
      `${OLD_ID}.jsonl`,
      100,
      { type: "file-history-snapshot" },
      user("<command-name>/clear</command-name>"),
      user("Caveat: x", { isMeta: true }),
      user("Fix   the\nbug"),
    );
    put("21111111-2222-4333-8444-555555555555.jsonl", 200, "not json", user([{ type: "text", text: "Newer \0" }]));
    put("31111111-2222-4333-8444-555555555555.jsonl", 300, { type: "summary" }, user("a sub-agent", { isSidechain: true }));
    put("agent-1234.jsonl", 400, user("a sub-agent"));
    expect(await endpoint.listNative?.()).toEqual([
      { native_id: "21111111-2222-4333-8444-555555555555", title: "Newer \u2400", work_dir: "/home/user/project", updated_at: 200_000 },
      { native_id: OLD_ID, title: "Fix the bug", work_dir: "/home/user/project", updated_at: 100_000 },
    ]);
  });
});

describe("the adapter", () => {
  it("says why it cannot run, and with which version it would", async () => {
    const { processes } = createHost();
    const config = { command: fakeAgent("claude"), args: ["die"], env: {} } as Parameters<typeof claudeCode.unavailable>[0];
    expect(await claudeCode.unavailable(config, processes)).toBeUndefined();
    expect(await claudeCode.probe?.(config, processes)).toBeUndefined();
    const version = await claudeCode.probe?.({ ...config, command: "echo", args: ["2.1.329 (Claude Code)"] }, processes);
    expect(version).toEqual({ name: "claude", version: "2.1.329", tested: ">=2.1 <2.2", in_range: true });
  });

  it("keeps a session that was never used from starting anything", async () => {
    const { endpoint, host } = await setUpClaude();
    const idle = await record(endpoint);
    await idle.session.close();
    expect(host.children()).toEqual([]);
  });
});
