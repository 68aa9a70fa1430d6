import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ASK, approvals, ask, PERMISSION, question, RESUMES, setUp, tell } from "../../../test/acp-harness.ts";
import { until } from "../../../test/adapter-host.ts";

describe("permission", () => {
  it("is asked for with all there is to judge by, and the answer reaches the agent by its own option", async () => {
    const { one, work_dir } = await setUp();
    const turn = tell(one, ask);
    const asked = await question(one);
    expect(asked).toMatchObject({
      title: "rm notes.txt",
      kind: "execute",
      tool_call_id: "c1",
      input: { command: "rm notes.txt" },
      subject: { command: "rm notes.txt", cwd: work_dir },
    });
    expect(one.events.findIndex((event) => event.type === "tool.started")).toBeLessThan(one.events.indexOf(asked));
    expect(await one.session.answer(asked.approval_id, { option_id: "go" })).toBe(true);
    expect(await one.session.answer(asked.approval_id, { option_id: "go" })).toBe(false);
    expect(await turn).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.text()).toContain('"outcome":{"outcome":"selected","optionId":"go"}');
  });

  it("may be asked several times at once, each answered by itself", async () => {
    const { one } = await setUp();
    const second = { ...ASK, toolCall: { ...ASK.toolCall, toolCallId: "c2", title: "rm other" } };
    const turn = tell(one, { later: PERMISSION.method, params: ASK }, { later: PERMISSION.method, params: second }, { wait: true });
    const [left, right] = [await question(one, 0), await question(one, 1)];
    await one.session.answer(right.approval_id, { option_id: "no" });
    await until(() => one.text().includes('"optionId":"no"'), "the second answer");
    await one.session.answer(left.approval_id, { option_id: "always" });
    await until(() => one.text().includes('"optionId":"always"'), "the first answer");
    await one.session.close();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
  });

  it("is refused for an option that was not offered", async () => {
    const { one } = await setUp();
    const turn = tell(one, ask);
    await one.session.answer((await question(one)).approval_id, { option_id: "everything" });
    await turn;
    expect(one.text()).toContain('{"outcome":{"outcome":"cancelled"}}');
  });

  it("denied with a reason lets the agent hear the reason in the same turn", async () => {
    const { one } = await setUp();
    const turn = tell(one, ask, { result: { stopReason: "cancelled" } });
    await one.session.answer((await question(one)).approval_id, { option_id: "no", reason: "keep the notes" });
    expect(await turn).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.text()).toContain('heard: I denied "rm notes.txt". My reason: keep the notes');
  });

  it("denied with a reason in a turn that was stopped lets the agent hear it before the next message", async () => {
    const { one } = await setUp();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([ask, { wait: true }]), stop.signal);
    await one.session.answer((await question(one)).approval_id, { option_id: "no", reason: "not now" });
    await until(() => one.text().includes('"optionId":"no"'), "the answer at the agent");
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    await one.run("next");
    expect(one.text()).toContain('heard: I denied "rm notes.txt". My reason: not now\n\nnext');
  });

  it("is taken back on a stop: the agent hears so before it hears the stop", async () => {
    const { one, heard } = await setUp();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([{ later: PERMISSION.method, params: ASK }, { wait: true }, ask]), stop.signal);
    const asked = await question(one);
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(one.events).toContainEqual(expect.objectContaining({ type: "approval.withdrawn", approval_id: asked.approval_id }));
    // What it asks while it is being stopped is refused at once.
    expect(approvals(one)).toHaveLength(1);
    const answers = heard().slice(-3);
    expect(answers.map(({ method, result }) => method ?? result.outcome.outcome)).toEqual(["cancelled", "session/cancel", "cancelled"]);
    expect(one.events).toContainEqual({ type: "tool.updated", tool_call_id: "c1", status: "failed" });
    expect(await tell(one, "again")).toMatchObject({ ok: true });
  });

  it("is taken back when the agent does so, goes on without it, or dies", async () => {
    const { one } = await setUp();
    const later = { later: PERMISSION.method, params: ASK };
    await tell(one, later, { delay: 20 }, { notify: "$/cancel_request", params: { requestId: 0 } }, { delay: 20 });
    expect(one.text()).toContain('"code":-32800');
    expect(await tell(one, later, { delay: 20 })).toMatchObject({ ok: true });
    expect(await tell(one, later, { delay: 20 }, { exit: 5 })).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 5 } });
    expect(one.events.filter((event) => event.type === "approval.withdrawn")).toHaveLength(3);
    expect(await tell(one, "again")).toMatchObject({ ok: true });
  });

  it("is refused when it cannot be read, asked in vain or asked between turns", async () => {
    const { one } = await setUp();
    await tell(one, { ask: PERMISSION.method, params: { toolCall: 7 } }, { ask: PERMISSION.method, params: { ...ASK, options: [] } });
    expect(approvals(one)).toEqual([]);
    expect(one.codes()).toEqual(["unknown_request", "unknown_request"]);
    await tell(one, { ask: "elicitation/create", params: {} }, { ask: "fs/read_text_file", params: { path: "/etc/passwd" } });
    expect(one.text().match(/"code":-32601/g)).toHaveLength(2);
    const notices = one.events.filter((event) => event.type === "notice" && event.code === "unknown_request");
    expect(notices.at(-2)).toMatchObject({ level: "warning", text: expect.stringContaining("(elicitation)") });
    expect(one.codes().filter((code) => code === "unknown_request")).toHaveLength(4);
  });

  it("is refused when its input is nested too deeply to be shown, and said to be", async () => {
    const { one } = await setUp();
    let rawInput: object = { command: "rm notes.txt" };
    for (let depth = 0; depth < 200; depth += 1) rawInput = { deeper: rawInput };
    const toolCall = { ...ASK.toolCall, rawInput };
    await tell(one, { ask: PERMISSION.method, params: { ...ASK, toolCall } });
    expect(approvals(one)).toEqual([]);
    expect(one.text()).toContain('"outcome":"cancelled"');
    expect(one.events).toContainEqual(expect.objectContaining({ type: "notice", text: expect.stringMatching(/nested too deeply/) }));
  });

  it("asked for too often at once is denied", async () => {
    const { one } = await setUp();
    const many = Array.from({ length: 40 }, (_, index) => ({
      later: PERMISSION.method,
      params: { ...ASK, toolCall: { ...ASK.toolCall, toolCallId: `m${index}` } },
    }));
    await tell(one, ...many, { delay: 100 });
    expect(approvals(one)).toHaveLength(32);
  });
});

describe("a turn", () => {
  it("that is stopped and does not obey loses its process, and the next one goes on with the conversation", async () => {
    const { one, host } = await setUp({ agent: RESUMES });
    const stop = new AbortController();
    const turn = one.run(JSON.stringify(["begun", { deaf: true }]), stop.signal);
    await until(() => one.text().includes("begun"), "its beginning");
    const before = host.children();
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(await tell(one, "back")).toMatchObject({ ok: true });
    expect(host.children()).not.toEqual(before);
    expect(one.codes()).toContain("restarted");
    expect(one.events.filter((event) => event.type === "session.identified")).toHaveLength(1);
  });

  it("that fails says why in its kind, and what to do", async () => {
    const { one } = await setUp({ config: { preset: "copilot" } });
    expect(await tell(one, { error: { code: -32000, message: "Authentication required" } })).toMatchObject({
      ok: false,
      error: { kind: "auth", remedy: { command: "copilot login" } },
    });
    expect(await tell(one, { error: { code: 429, message: "slow down" } })).toMatchObject({ ok: false, error: { kind: "rate_limit" } });
    expect(await tell(one, { result: { stopReason: "refusal" } })).toEqual({ ok: true, stop_reason: "refusal" });
  });

  it("that ends with nothing but an error is told, though the agent calls it done", async () => {
    const { one } = await setUp();
    expect(await tell(one, "Error: 500 from the model")).toMatchObject({ ok: true });
    expect(await tell(one)).toMatchObject({ ok: true });
    expect(one.events.filter((event) => event.type === "notice").map(({ text }) => text)).toEqual([
      expect.stringContaining("last words are an error"),
      expect.stringContaining("without a word"),
    ]);
  });

  it("takes pictures where the agent does, and names all else by its path", async () => {
    const { one, work_dir } = await setUp({ agent: { initialize: { agentCapabilities: { promptCapabilities: { image: true } } } } });
    writeFileSync(join(work_dir, "a.png"), "png");
    const attachments = [
      { path: join(work_dir, "a.png"), name: "a.png", mime_type: "image/png", size: 3 },
      { path: join(work_dir, "b.txt"), name: "b.txt", mime_type: "text/plain", size: 3 },
    ];
    await one.session.runTurn({ turn_id: "t", text: "look", attachments }, new AbortController().signal);
    expect(one.text()).toBe(`heard: look\n\nAttached file: ${work_dir}/b.txt[image image/png 4]`);
  });

  it("leaves what comes after a stop unsaid, and what an agent says between turns said", async () => {
    const { one } = await setUp();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([{ wait: true }]), stop.signal);
    stop.abort();
    await turn;
    expect(await tell(one, { update: { sessionUpdate: "dance" } }, { notify: "_own/thing", params: {} }, "x")).toMatchObject({ ok: true });
    expect(one.codes()).toEqual(["unknown_message"]);
  });

  it("survives lines and sessions it does not know", async () => {
    const { one } = await setUp();
    const foreign = { method: "session/update", params: { sessionId: "other", update: { sessionUpdate: "plan", entries: [] } } };
    await tell(one, { raw: "not json" }, { raw: JSON.stringify(foreign) }, { notify: "strange", params: {} }, "nul \0 lone \ud800");
    expect(one.codes()).toEqual(["bad_line", "unknown_message", "unknown_message"]);
    expect(one.text()).toBe("nul \u2400 lone \ufffd");
  });
});
