import { describe, expect, it } from "vitest";
import { until } from "../../../test/adapter-host.ts";
import { BASH, DONE, eventsOf, nextApproval, script, setUpPi } from "../../../test/pi-harness.ts";

describe.each(["old", "new"] as const)("pi, as its %s versions speak", (version) => {
  it("asks before a tool runs, with all of its input, and lets it run when it is allowed", async () => {
    const { one, work_dir } = await setUpPi({ version });
    const turn = script(one, BASH);
    const asked = await nextApproval(one);
    expect(asked).toMatchObject({
      tool: "bash",
      title: "rm -rf build",
      kind: "execute",
      input: { command: "rm -rf build" },
      subject: { command: "rm -rf build", cwd: work_dir },
    });
    expect(eventsOf(one, "tool.delta")).toEqual([]);
    expect(await one.session.answer(asked.approval_id, { option_id: "allow" })).toBe(true);
    expect(await turn).toMatchObject(DONE);
    expect(eventsOf(one, "tool.started")).toMatchObject([
      { tool_call_id: asked.tool_call_id, tool: "bash", kind: "execute", status: "pending" },
    ]);
    expect(eventsOf(one, "tool.delta").map(({ text }) => text)).toEqual(["one\n", "two\n"]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ tool_call_id: asked.tool_call_id, status: "completed", exit_code: 0 });
    expect(await one.session.answer(asked.approval_id, { option_id: "allow" })).toBe(false);
  });

  it("blocks a tool that is denied, with the reason for the model", async () => {
    const { one } = await setUpPi({ version });
    const turn = script(one, BASH, { say: "on with it" });
    const { approval_id } = await nextApproval(one);
    expect(await one.session.answer(approval_id, { option_id: "deny", reason: "it is still needed" })).toBe(true);
    expect(await turn).toMatchObject(DONE);
    const text = "The person denied this call: it is still needed";
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "failed", content: [{ type: "text", text }] });
    expect(one.text("answer")).toBe("on with it");
  });

  it("answers an open question before it stops the turn, which pi needs to hear the stop", async () => {
    const { one } = await setUpPi({ version });
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([BASH]), stop.signal);
    const { approval_id, tool_call_id } = await nextApproval(one);
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(eventsOf(one, "approval.withdrawn")).toMatchObject([{ approval_id }]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ tool_call_id, status: "failed" });
    expect(await one.session.answer(approval_id, { option_id: "allow" })).toBe(false);
    // The process was not killed for it.
    expect(await script(one, { say: "still here" })).toMatchObject(DONE);
    expect(one.codes()).toEqual([]);
  });

  it("withdraws an open question when pi is killed, and goes on with the conversation in a new process", async () => {
    const { one, host } = await setUpPi({ version });
    await one.run("first");
    const turn = script(one, BASH);
    const { approval_id } = await nextApproval(one);
    for (const pid of host.children()) process.kill(pid, "SIGKILL");
    expect(await turn).toMatchObject({ ok: false, error: { kind: "exit", signal: "SIGKILL" } });
    expect(eventsOf(one, "approval.withdrawn")).toMatchObject([{ approval_id }]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "failed" });
    expect(await one.run("again")).toMatchObject(DONE);
    expect(one.text("answer")).toContain("2 before: again");
    expect(one.codes()).toEqual(["restarted"]);
    expect(eventsOf(one, "session.identified")).toHaveLength(1);
  });

  it("does not take the end of a failed try for the end of the turn", async () => {
    const { one } = await setUpPi({ version });
    expect(await script(one, { retry: "429 too many requests" }, { say: "after all" })).toMatchObject(DONE);
    expect(one.text("answer")).toBe("after all");
    expect(one.codes()).toEqual(["retrying"]);
  });

  it("goes on after pi has shortened its memory and tries again, and ends where it does not", async () => {
    const { one } = await setUpPi({ version });
    expect(await script(one, { say: "a" }, { compact: true }, { say: "b" })).toMatchObject(DONE);
    expect(one.text("answer")).toBe("ab");
    expect(await script(one, { say: "c" }, { compact: false })).toMatchObject(DONE);
  });

  it("tells kinds of failure apart", async () => {
    const { one } = await setUpPi({ version });
    const failed = async (text: string) => {
      const result = await script(one, { fail: text });
      return result.ok ? undefined : result.error;
    };
    const body = '401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}';
    expect(await failed(body)).toMatchObject({ kind: "auth", message: "401: invalid x-api-key", remedy: { command: "pi" } });
    expect(await failed("429 Too Many Requests")).toMatchObject({ kind: "rate_limit" });
    expect(await failed("500 internal server error")).toMatchObject({ kind: "http" });
    expect(await failed("terminated")).toMatchObject({ kind: "http", message: "terminated" });
    expect(await failed("Request timed out.")).toMatchObject({ kind: "timeout" });
    expect(await one.run("/keyless")).toMatchObject({ ok: false, error: { kind: "auth" } });
    expect(await one.run("still fine")).toMatchObject(DONE);
  });

  it("ends the turn of a command that runs no agent", async () => {
    const { one } = await setUpPi({ version });
    expect(await one.run("/handled")).toMatchObject(DONE);
    expect(await one.run("next")).toMatchObject(DONE);
  });

  it("gives the running turn more text, and takes none when there is no turn", async () => {
    const { one } = await setUpPi({ version });
    expect(await one.session.steer?.({ text: "too early" })).toBe(false);
    const turn = script(one, { say: "waiting " }, { steer: true });
    await until(() => one.text("answer") === "waiting ", "the turn");
    expect(await one.session.steer?.({ text: "/command" })).toBe(false);
    expect(await one.session.steer?.({ text: "look left" })).toBe(true);
    expect(await turn).toMatchObject(DONE);
    expect(one.text("answer")).toBe("waiting steered: look left");
  });

  it("runs a steer that came just as pi was done in the same turn", async () => {
    const { one } = await setUpPi({ version });
    await one.run("first");
    const turn = script(one, { say: "done. " }, { leave: true });
    await until(() => one.text("answer").includes("done. "), "the turn");
    expect(await one.session.steer?.({ text: "one more" })).toBe(true);
    expect(await turn).toMatchObject(DONE);
    expect(one.text("answer")).toContain("done. 4 before: one more");
  });

  it("runs a steer that came while it was asked whether pi is done", async () => {
    const { one } = await setUpPi({ version });
    await one.run("first");
    const turn = script(one, { say: "done. " }, { linger: true });
    await until(() => eventsOf(one, "notice").some(({ text }) => text === "looked at"), "the look");
    expect(await one.session.steer?.({ text: "one more" })).toBe(true);
    expect(await turn).toMatchObject(DONE);
    expect(one.text("answer")).toMatch(/done\. \d before: one more$/);
  });

  it("passes on dialogs of other extensions", async () => {
    const { one } = await setUpPi({ version });
    const turn = script(
      one,
      { ask: { method: "select", title: "Which way?", options: ["left", "right"] } },
      { ask: { method: "confirm", title: "Sure?", message: "There is no way back." } },
      { ask: { method: "input", title: "Name?", placeholder: "a name" } },
      { ask: { method: "editor", title: "Text?", prefill: "draft" } },
      { ask: { method: "select", title: "Again?", options: ["yes"] } },
    );
    const select = await nextApproval(one, 0);
    expect(select).toMatchObject({
      tool: "pi:select",
      questions: [{ id: "choice", free_text: false, choices: [{ label: "left" }, { label: "right" }] }],
    });
    await one.session.answer(select.approval_id, { option_id: "answer", answers: { choice: ["right"] } });
    const confirm = await nextApproval(one, 1);
    expect(confirm).toMatchObject({ title: "Sure?", detail: "There is no way back." });
    await one.session.answer(confirm.approval_id, { option_id: "no" });
    await one.session.answer((await nextApproval(one, 2)).approval_id, { option_id: "answer", answers: { text: ["Ada"] } });
    const editor = await nextApproval(one, 3);
    expect(editor).toMatchObject({ detail: "draft", questions: [{ free_text: true }] });
    await one.session.answer(editor.approval_id, { option_id: "cancel" });
    // What was not offered is no answer.
    await one.session.answer((await nextApproval(one, 4)).approval_id, { option_id: "answer", answers: { choice: ["no"] } });
    expect(await turn).toMatchObject(DONE);
    const answers = [{ value: "right" }, { confirmed: false }, { value: "Ada" }, { cancelled: true }, { cancelled: true }];
    expect(one.text("answer")).toBe(answers.map((answer) => JSON.stringify(answer)).join(""));
  });
});
