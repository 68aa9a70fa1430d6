import { cliConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, fakeAgent, record, until } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { genericCli } from "./index.ts";

const FAKE = { FAKE_STYLE: "cli", FAKE_PROMPT: "fake> " };

function config(command: string, extra: object = {}) {
  return cliConfigSchema.parse({ command, env: FAKE, ...extra });
}

describeConformance(genericCli, {
  config: async (agent) => config(fakeAgent(agent), { prompt_pattern: "fake> " }),
  missing: { config: config("no-such-command"), says: /"no-such-command" was not found on PATH/ },
  crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
  spawns: true,
  shared: false,
});

const SHELL = { args: ["--norc", "--noediting", "-i"], env: { PS1: "ready> " }, prompt_pattern: "ready> " };

function setUp(command: string, extra: object = {}, idle_timeout = 60_000) {
  const host = createHost({ idle_timeout, stop_grace: 500 });
  const endpoint = genericCli.start(config(command, extra), host);
  onTestFinished(async () => {
    await endpoint.stop();
    expect(host.children()).toEqual([]);
  });
  return { host, endpoint };
}

describe("generic-cli", () => {
  it("ends a turn at the prompt, keeps state, and survives Ctrl-C of what runs in it", async () => {
    const { endpoint } = setUp("bash", SHELL);
    const shell = await record(endpoint);
    expect(await shell.run("x=41")).toEqual({ ok: true, stop_reason: "end_turn" });
    const stop = new AbortController();
    const turn = shell.run("echo begun; sleep 600; echo not reached", stop.signal);
    await until(() => shell.text("stdout").includes("begun"), "the command runs");
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(await shell.run("echo $((x + 1))")).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(shell.text("stdout")).toBe("begun\n42\n");
    expect(shell.codes()).toEqual([]);
    await shell.session.close();
  });

  it("survives a pattern that would look for ever: it says so, and silence ends the turn", async () => {
    const { endpoint } = setUp("bash", { ...SHELL, prompt_pattern: "(\\w+\\s?)+> " }, 500);
    const shell = await record(endpoint);
    expect(await shell.run(`printf '${"a".repeat(200)}!'`)).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(shell.events.filter((event) => event.type === "notice")).toMatchObject([{ text: expect.stringContaining("prompt_pattern") }]);
    await shell.session.close();
  });

  it("has the whole answer when the prompt comes on the other stream", async () => {
    const { endpoint } = setUp("bash", SHELL);
    const shell = await record(endpoint);
    for (let round = 1; round <= 50; round += 1) {
      const before = shell.text("stdout").length;
      await shell.run(`seq ${round}`);
      expect(shell.text("stdout").slice(before).trim().split("\n").length).toBe(round);
    }
    await shell.session.close();
  });

  it("tells stdout from stderr and shows a prompt without a newline", async () => {
    const { endpoint } = setUp("bash", SHELL);
    const shell = await record(endpoint);
    await shell.run("echo out; echo err >&2");
    expect(shell.text("stdout")).toBe("out\n");
    expect(shell.text("stderr")).toMatch(/err\nready> $/);
    await shell.session.close();
  });

  it("completes a turn in which the program leaves with 0, and starts a new one with a notice", async () => {
    const { endpoint } = setUp("bash", SHELL);
    const shell = await record(endpoint);
    expect(await shell.run("exit")).toEqual({ ok: true, stop_reason: "end_turn", exit_code: 0 });
    expect(await shell.run("kill -9 $$")).toMatchObject({ ok: false, error: { kind: "exit", signal: "SIGKILL" } });
    expect(await shell.run("echo new")).toMatchObject({ ok: true });
    expect(shell.codes()).toEqual(["restarted", "restarted"]);
    await shell.session.close();
  });

  it("passes late output of a background job on, outside a turn", async () => {
    const { endpoint } = setUp("bash", SHELL);
    const shell = await record(endpoint);
    await shell.run("(sleep 0.3; echo late) &");
    expect(shell.text("stdout")).toBe("");
    await until(() => shell.text("stdout") === "late\n", "late output");
    await shell.session.close();
  });

  it("shares one program between the sessions of a persistent endpoint, one turn at a time", async () => {
    const { endpoint } = setUp("bash", { ...SHELL, spawn_policy: "persistent" });
    const [one, two] = [await record(endpoint), await record(endpoint)];
    await one.run("x=shared; echo $$");
    const slow = one.run("sleep 0.2; echo slow");
    await two.run("echo $$ $x");
    await slow;
    const [pid] = one.text("stdout").split("\n");
    expect(one.text("stdout")).toBe(`${pid}\nslow\n`);
    expect(two.text("stdout")).toBe(`${pid} shared\n`);
    await one.session.close();
    await two.run("echo alive");
    expect(two.text("stdout")).toContain("alive");
    await two.session.close();
  });

  it("does not let a closed session's pause hold up the shared program", async () => {
    const { endpoint } = setUp("bash", { ...SHELL, spawn_policy: "persistent" });
    const [one, two] = [await record(endpoint), await record(endpoint)];
    await one.run("(sleep 0.2; echo late) &");
    one.hold();
    await until(() => one.text("stdout") === "late\n", "late output");
    await one.session.close();
    await two.run("echo two");
    expect(two.text("stdout")).toBe("two\n");
    await two.session.close();
  });

  it("ends a turn by silence where there is no prompt, whatever the program did with its output", async () => {
    const { endpoint } = setUp("sh", { args: ["-c", "echo begun; sleep 0.2; echo more; exec >&- 2>&-; sleep 600"] }, 1_000);
    const one = await record(endpoint);
    const startedAt = performance.now();
    expect(await one.run("go")).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.text()).toBe("begun\nmore\n");
    expect(performance.now() - startedAt).toBeGreaterThan(1_150);
    await one.session.close();
  });

  it("does not take our own pause for the program's silence", async () => {
    const { endpoint } = setUp("sh", { args: ["-c", "seq 1 200000; cat"] }, 500);
    const one = await record(endpoint);
    one.hold();
    let isSettled = false;
    const turn = one.run("go").finally(() => {
      isSettled = true;
    });
    await until(() => one.text() !== "", "the first piece");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(isSettled).toBe(false);
    one.letGo();
    expect(await turn).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.text().endsWith("\n200000\ngo\n")).toBe(true);
    await one.session.close();
  });

  it("says which folder is missing", async () => {
    const { endpoint } = setUp("bash", { work_dir: "/no/such/folder" });
    const one = await record(endpoint);
    const result = await one.run("hello");
    expect(result).toMatchObject({ ok: false, error: { kind: "spawn", message: expect.stringContaining("/no/such/folder") } });
  });
});
