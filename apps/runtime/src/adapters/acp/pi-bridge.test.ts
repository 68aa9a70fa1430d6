/** pi behind an ACP bridge: it asks by our gate, and without that gate it gets no work. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acpConfigSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { approvals, question, setUp, tell } from "../../../test/acp-harness.ts";
import { createHost, fakeAgent, type Recorder, until } from "../../../test/adapter-host.ts";
import { acp } from "./index.ts";

/** The real pi prints nothing of the kind, but the fake bridge reads from it what pi would have been told. */
const PI = { config: { preset: "pi_acp" }, env: { PI_ACP_PI_COMMAND: "echo" } } as const;
const BASH = { call: { tool: "bash", input: { command: "rm notes.txt" } } };

const setUpPi = (pi: object = {}) => setUp({ ...PI, agent: { pi } });
const calls = (one: Recorder) => one.events.filter((event) => event.type === "tool.started" || event.type === "tool.updated");

describe("pi behind a bridge", () => {
  it("asks before a command, with all there is to judge by, and the allowed call is shown as the call it is", async () => {
    const { one, work_dir } = await setUpPi();
    const turn = tell(one, BASH);
    const asked = await question(one);
    expect(asked).toMatchObject({
      tool: "bash",
      title: "rm notes.txt",
      kind: "execute",
      tool_call_id: "call_1",
      input: { command: "rm notes.txt" },
      subject: { command: "rm notes.txt", cwd: work_dir },
      options: [{ id: "allow" }, { id: "deny", kind: "reject_once" }],
    });
    await one.session.answer(asked.approval_id, { option_id: "allow" });
    expect(await turn).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(new Set(calls(one).map(({ tool_call_id }) => tool_call_id))).toEqual(new Set(["call_1"]));
    expect(calls(one).at(-1)).toMatchObject({ status: "completed" });
    expect(calls(one)).toContainEqual(expect.objectContaining({ input: { command: "rm notes.txt" } }));
  });

  it("blocks a denied call, whose reason is told afterwards", async () => {
    const { one } = await setUpPi();
    const turn = tell(one, BASH);
    await one.session.answer((await question(one)).approval_id, { option_id: "deny", reason: "keep the notes" });
    expect(await turn).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(calls(one).at(-1)).toMatchObject({
      tool_call_id: "call_1",
      status: "failed",
      content: [{ text: "The person denied this call." }],
    });
    expect(one.text()).toContain('heard: I denied "rm notes.txt". My reason: keep the notes');
  });

  it("shows what an edit would do to the file as it stands", async () => {
    const { one, work_dir } = await setUpPi();
    writeFileSync(join(work_dir, "a.txt"), "one\ntwo\n");
    const turn = tell(one, { call: { tool: "edit", input: { path: "a.txt", edits: [{ oldText: "two", newText: "2" }] } } });
    const asked = await question(one);
    const path = join(work_dir, "a.txt");
    expect(asked).toMatchObject({ kind: "edit", title: "Edit a.txt", subject: { paths: [path] } });
    expect(asked.content).toMatchObject([{ path, change: "modified", patch: "@@ -1,2 +1,2 @@\n one\n-two\n+2" }]);
    await one.session.answer(asked.approval_id, { option_id: "allow" });
    expect(await turn).toMatchObject({ ok: true });
  });

  it("lets reading go unasked, but no tool that is not pi's own", async () => {
    const { one } = await setUpPi();
    const turn = tell(one, { call: { tool: "read", input: { path: "a" } } }, { call: { tool: "deploy", input: { to: "production" } } });
    const asked = await question(one);
    expect(asked).toMatchObject({ tool: "deploy", input: { to: "production" } });
    await one.session.answer(asked.approval_id, { option_id: "allow" });
    expect(await turn).toMatchObject({ ok: true });
    expect(approvals(one)).toHaveLength(1);
  });

  it("gives no work to a pi that has not loaded the gate", async () => {
    const { one, host, heard } = await setUpPi({ deaf: true });
    expect(await tell(one, BASH)).toMatchObject({
      ok: false,
      error: { kind: "protocol", message: expect.stringContaining("did not load the permission gate") },
    });
    expect(heard().map(({ method }) => method)).toEqual(["initialize", "session/new"]);
    expect(calls(one)).toEqual([]);
    expect(host.children()).toEqual([]);
  });

  it("is killed when a tool runs past the gate", async () => {
    const { one, host } = await setUpPi();
    expect(await tell(one, { call: { ...BASH.call, ungated: true } }, { wait: true })).toMatchObject({
      ok: false,
      error: { kind: "protocol", message: expect.stringContaining('ran "bash" without asking') },
    });
    await until(() => host.children().length === 0, "the end of the bridge");
  });

  it("lets other extensions ask, without a call that never was", async () => {
    const { one } = await setUpPi();
    const turn = tell(one, { dialog: "select", fields: { title: "Which branch?", options: ["main", "next"] } });
    const asked = await question(one);
    expect(asked).toMatchObject({ title: "Which branch?", input: { title: "Which branch?", options: ["main", "next"] } });
    expect(asked.tool_call_id).toBeUndefined();
    await one.session.answer(asked.approval_id, { option_id: "choice-1" });
    expect(await turn).toMatchObject({ ok: true });
    expect(one.text()).toContain('answer "next"');
    expect(calls(one)).toEqual([]);
  });

  it("takes no word for the gate's that does not know its secret", async () => {
    const { one } = await setUpPi();
    const title = JSON.stringify({ gate: "guessed", toolCallId: "call_9", toolName: "read", input: {} });
    const turn = tell(one, { dialog: "select", fields: { title, options: ["allow", "deny"] } });
    const asked = await question(one);
    expect(asked.tool).not.toBe("read");
    await one.session.answer(asked.approval_id, { option_id: "cancelled" });
    expect(await turn).toMatchObject({ ok: true });
  });

  it("leaves nothing of its gate behind", async () => {
    const { one, host } = await setUpPi();
    await one.run("hello");
    expect(readdirSync(host.scratch_dir)).toHaveLength(1);
    await one.session.close();
    expect(readdirSync(host.scratch_dir)).toEqual([]);
  });

  it("is not offered where pi itself is missing", async () => {
    const { processes } = createHost();
    const config = acpConfigSchema.parse({ command: fakeAgent("acp"), preset: "pi_acp", env: { PI_ACP_PI_COMMAND: "no-such-pi" } });
    expect(existsSync(config.command)).toBe(true);
    expect(await acp.unavailable(config, processes)).toContain('"no-such-pi" was not found');
  });
});
