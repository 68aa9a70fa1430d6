import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { piConfigSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { fakeAgent, until } from "../../../test/adapter-host.ts";
import { BASH, DONE, eventsOf, nextApproval, script, setUpPi } from "../../../test/pi-harness.ts";
import { pi } from "./index.ts";

describe("pi", () => {
  it("gives up on a dialog when pi itself does", async () => {
    const { one } = await setUpPi();
    const turn = script(
      one,
      { send: { type: "extension_ui_request", id: "q", method: "confirm", title: "Quick!", timeout: 20 } },
      { steer: true },
    );
    const { approval_id } = await nextApproval(one);
    await until(() => eventsOf(one, "approval.withdrawn").length === 1, "the withdrawal");
    expect(await one.session.answer(approval_id, { option_id: "yes" })).toBe(false);
    await one.session.steer?.({ text: "go on" });
    expect(await turn).toMatchObject(DONE);
  });

  it("shows a proposed edit before it happens", async () => {
    const { one, work_dir } = await setUpPi();
    const path = join(work_dir, "a.txt");
    writeFileSync(path, "one\ntwo\nthree\n");
    const edits = [{ oldText: "two", newText: "2" }];
    const turn = script(one, { tool: { name: "edit", args: { path: "a.txt", edits }, text: "Successfully replaced" } });
    const asked = await nextApproval(one);
    const diff = { type: "diff", path, change: "modified", patch: "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three", added: 1, removed: 1 };
    expect(asked).toMatchObject({ kind: "edit", title: "Edit a.txt", subject: { paths: [path] }, content: [diff] });
    await one.session.answer(asked.approval_id, { option_id: "allow" });
    expect(await turn).toMatchObject(DONE);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "completed", content: [diff] });
  });

  it("asks for the tools it is told to ask for, and for every tool it does not know", async () => {
    const { one } = await setUpPi({ config: { ask: ["read"] } });
    const turn = script(
      one,
      BASH,
      { tool: { name: "read", args: { path: "a" } } },
      { tool: { name: "deploy", args: { to: "production" } } },
    );
    for (const [known, tool] of ["read", "deploy"].entries()) {
      const asked = await nextApproval(one, known);
      expect(asked.tool).toBe(tool);
      await one.session.answer(asked.approval_id, { option_id: "allow" });
    }
    expect(await turn).toMatchObject(DONE);
  });

  it("runs nothing when pi ignored the gate", async () => {
    const { one } = await setUpPi({ behaviour: "no-gate" });
    const result = await script(one, BASH);
    expect(result).toMatchObject({
      ok: false,
      error: { kind: "protocol", message: expect.stringMatching(/did not load the permission gate/) },
    });
    expect(eventsOf(one, "tool.started")).toEqual([]);
    expect(await one.session.configure?.("model", "mock/mock-small").catch((error: Error) => error.message)).toMatch(/permission gate/);
  });

  it("kills pi when a tool runs past the gate", async () => {
    const { one, host } = await setUpPi();
    const result = await script(one, { tool: { ...BASH.tool, ungated: true } }, { hang: true });
    expect(result).toMatchObject({ ok: false, error: { kind: "protocol", message: expect.stringMatching(/ran "bash" without asking/) } });
    await until(() => host.children().length === 0, "the end of pi");
    expect(eventsOf(one, "tool.delta")).toEqual([]);
  });

  it("refuses questions that come while no turn runs, and while pi starts", async () => {
    const { one } = await setUpPi({ behaviour: "asks-at-start" });
    expect(await one.run("hello")).toMatchObject(DONE);
    expect(eventsOf(one, "approval.requested")).toEqual([]);
    expect(one.codes()).toEqual(["unknown_request"]);
  });

  it("refuses requests it does not know and goes on", async () => {
    const { one } = await setUpPi();
    const ask = { method: "hologram", title: "Look!" };
    const request = { type: "sampling_request", id: "s1", prompt: "?" };
    expect(
      await script(one, { ask }, { send: request }, { send: { type: "news" } }, { send: { type: "news" } }, { raw: "{" }),
    ).toMatchObject(DONE);
    expect(one.text("answer")).toContain('"cancelled":true');
    expect(one.codes()).toEqual(["unknown_request", "unknown_request", "unknown_message", "bad_line"]);
  });

  it("refuses more questions than a person could answer", async () => {
    const { one } = await setUpPi();
    const asks = Array.from({ length: 33 }, (_, at) => ({
      send: { type: "extension_ui_request", id: `q${at}`, method: "confirm", title: `Question ${at}` },
    }));
    expect(await script(one, ...asks)).toMatchObject(DONE);
    expect(eventsOf(one, "approval.requested")).toHaveLength(32);
    expect(one.codes()).toEqual(["unknown_request"]);
    expect(eventsOf(one, "approval.withdrawn")).toHaveLength(32);
  });

  it("tells its options, and sets them", async () => {
    const { one } = await setUpPi({ config: { provider: "mock" } });
    await one.session.configure?.("model", "mock/mock-small");
    expect(eventsOf(one, "config.updated").at(-1)?.options).toMatchObject([
      { id: "model", category: "model", current: "mock/mock-small", values: [{ id: "mock/mock-small" }, { id: "mock/mock-model" }] },
      { id: "thinking", category: "thought_level", current: "medium" },
    ]);
    // pi gives what the model can do.
    await one.session.configure?.("thinking", "xhigh");
    expect(eventsOf(one, "config.updated").at(-1)?.options[1]).toMatchObject({ current: "high" });
    await expect(one.session.configure?.("model", "mock/other")).rejects.toThrow('pi does not offer the model "mock/other"');
    await expect(one.session.configure?.("colour", "red")).rejects.toThrow("pi has no such setting");
    expect(eventsOf(one, "commands.updated")).toEqual([{ type: "commands.updated", commands: [{ name: "fix", description: "Fixes it" }] }]);
  });

  it("says when pi refuses a setting", async () => {
    const { one } = await setUpPi({ behaviour: "echo" });
    await expect(one.session.configure?.("model", "mock/mock-small")).rejects.toThrow("pi refused: Model not found");
  });

  it("sets what was chosen again in each new process", async () => {
    const { one, host } = await setUpPi({ session: { settings: { thinking: "low" } } });
    await one.run("first");
    expect(eventsOf(one, "config.updated").at(-1)?.options[1]).toMatchObject({ id: "thinking", current: "low" });
    await one.session.configure?.("model", "mock/mock-small");
    for (const pid of host.children()) process.kill(pid, "SIGKILL");
    await until(() => host.children().length === 0, "the end of pi");
    await one.run("second");
    expect(eventsOf(one, "config.updated").at(-1)?.options).toMatchObject([{ current: "mock/mock-small" }, { current: "low" }]);
  });

  it("resumes a conversation by its id, and says when it cannot", async () => {
    const { one, open, endpoint, work_dir } = await setUpPi();
    await one.run("first");
    await one.session.close();
    const native_id = eventsOf(one, "session.identified")[0]?.native_id ?? "";
    const again = await open({ native_id });
    await again.run("second");
    expect(again.text("answer")).toBe("2 before: second");
    expect(again.codes()).toEqual(["resumed"]);
    expect(eventsOf(again, "session.identified")).toEqual([]);
    await again.session.close();
    expect(await endpoint.listNative?.()).toEqual([{ native_id, title: "first", work_dir, updated_at: expect.any(Number) }]);

    for (const lost of ["0a1b2c3d-0000-4000-8000-000000000000", "../../etc/passwd", "--help"]) {
      const fresh = await open({ native_id: lost });
      await fresh.run("third");
      expect(fresh.text("answer")).toBe("0 before: third");
      expect(eventsOf(fresh, "notice").find(({ code }) => code === "resumed")).toMatchObject({
        level: "warning",
        text: expect.stringContaining("could not be resumed"),
      });
      expect(eventsOf(fresh, "session.identified")).toHaveLength(1);
      await fresh.session.close();
    }
  });

  it("says that a login is missing", async () => {
    const { one } = await setUpPi({ behaviour: "no-models" });
    const result = await one.run("hello");
    expect(result).toMatchObject({ ok: false, error: { kind: "auth", exit_code: 1, remedy: { command: "pi" } } });
  });

  it("sends pictures as pictures and names other files", async () => {
    const { one, work_dir } = await setUpPi({ behaviour: "echo" });
    const picture = join(work_dir, "a.png");
    writeFileSync(picture, "png");
    const attachments = [
      { path: picture, name: "a.png", mime_type: "image/png", size: 3 },
      { path: "/files/b.pdf", name: "b.pdf", mime_type: "application/pdf", size: 9 },
      { path: join(work_dir, "gone.png"), name: "gone.png", mime_type: "image/png", size: 9 },
    ];
    await one.session.runTurn({ turn_id: "t", text: "look", attachments }, new AbortController().signal);
    const files = `Attached files:\n- /files/b.pdf\n- ${join(work_dir, "gone.png")}`;
    expect(one.text("answer")).toBe(`echo: look\n\n${files} with 1 image/png ${Buffer.from("png").toString("base64")}\n`);
  });

  it("counts what a turn used", async () => {
    const { one } = await setUpPi();
    await script(one, { tool: { name: "read", args: { path: "a" } } });
    await one.run("next");
    const usage = { cached_tokens: 3, context_tokens: 19, context_size: 1_000 };
    expect(eventsOf(one, "usage.updated").map((event) => event.usage)).toEqual([
      { ...usage, input_tokens: 15, output_tokens: 4, cost_usd: 0.5 },
      { ...usage, input_tokens: 30, output_tokens: 8, cached_tokens: 6, cost_usd: 1 },
      { ...usage, input_tokens: 15, output_tokens: 4, cost_usd: 0.5 },
    ]);
  });

  it("writes its gate where only its user can read it, and cleans up", async () => {
    const { one, host } = await setUpPi();
    await one.run("hello");
    const [gate = "", ...others] = readdirSync(host.scratch_dir);
    expect(others).toEqual([]);
    expect(readFileSync(join(host.scratch_dir, gate, "gate.mjs"), "utf8")).toContain("tool_call");
    expect(statSync(host.scratch_dir).mode & 0o777).toBe(0o700);
    await one.session.close();
    // Not a moment later: the runtime may be about to end.
    expect(readdirSync(host.scratch_dir)).toEqual([]);
  });

  it("tells its version and whether that was tested", async () => {
    const { host } = await setUpPi();
    const config = piConfigSchema.parse({ command: fakeAgent("pi"), args: ["script"] });
    expect(await pi.probe?.(config, host.processes)).toMatchObject({ name: "pi", version: "0.73.1", in_range: true });
  });
});
