import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Recorder, until } from "../../../test/adapter-host.ts";
import { BASH, current, DONE, eventsOf, nextApproval, script, setUpClaude } from "../../../test/claude-harness.ts";

function messages(one: Recorder): string[] {
  return eventsOf(one, "notice").map(({ text }) => text);
}

describe("the start", () => {
  it("says everything on the command line, the asking first of all", async () => {
    const config = {
      model: "small",
      max_turns: 7,
      allowed_tools: ["Read", "Bash(git *)"],
      disallowed_tools: ["WebFetch"],
      system_prompt: "Be brief.",
    };
    const { one, sent } = await setUpClaude({ config });
    await one.run("hello");
    expect((sent()[0] as string[]).join(" ")).toBe(
      "-p --verbose --input-format stream-json --output-format stream-json --include-partial-messages --permission-prompt-tool stdio " +
        "--model small --permission-mode default --max-turns 7 --allowedTools Read Bash(git *) --disallowedTools WebFetch " +
        "--append-system-prompt Be brief.",
    );
  });

  it.each([
    ["default", "default"],
    ["strict", "default"],
    ["auto", "default"],
    ["acceptEdits", "acceptEdits"],
    ["plan", "plan"],
    ["skip", "bypassPermissions"],
    ["dangerously-skip-permissions", "bypassPermissions"],
  ])("takes the permission mode %s as %s", async (permission_mode, native) => {
    const { one } = await setUpClaude({ config: { permission_mode } });
    await one.run("hello");
    expect(current(one, "permission_mode")).toBe(native);
    const values = eventsOf(one, "config.updated")
      .at(-1)
      ?.options[0]?.values.map(({ id }) => id);
    expect(values?.includes("bypassPermissions")).toBe(native === "bypassPermissions");
  });

  it("tells commands and options, and which conversation it is", async () => {
    const { one } = await setUpClaude();
    expect(await one.run("hello")).toEqual(DONE);
    expect(eventsOf(one, "commands.updated")).toEqual([
      { type: "commands.updated", commands: [{ name: "review", description: "Review a change", hint: "[number]" }] },
    ]);
    expect(eventsOf(one, "config.updated").at(-1)?.options[1]).toEqual({
      id: "model",
      name: "Model",
      category: "model",
      current: "default",
      values: [
        { id: "default", name: "Default", description: "The best" },
        { id: "small", name: "Small" },
      ],
    });
    expect(eventsOf(one, "session.identified")).toHaveLength(1);
    expect(one.codes()).toEqual([]);
  });

  it("never lets it work in a mode that nobody chose", async () => {
    const { one } = await setUpClaude({ setup: { mode: "bypassPermissions" } });
    const result = await script(one, { wait: true });
    expect(result).toMatchObject({ ok: false, error: { kind: "protocol", message: expect.stringContaining('"bypassPermissions"') } });
  });

  it("works with one that does not introduce itself", async () => {
    const { one } = await setUpClaude({ setup: { mute: true } });
    expect(await one.run("hello")).toEqual(DONE);
    expect(current(one, "permission_mode")).toBe("default");
  });
});

describe("a turn", () => {
  it("counts what it used", async () => {
    const { one } = await setUpClaude();
    await one.run("one");
    await one.run("two");
    expect(eventsOf(one, "usage.updated").map(({ usage }) => usage)).toEqual(
      [1, 2].map(() => ({
        input_tokens: 120,
        output_tokens: 5,
        cached_tokens: 20,
        cost_usd: 0.5,
        context_tokens: 105,
        context_size: 200_000,
      })),
    );
  });

  it.each([
    [
      { subtype: "error_max_turns", is_error: true, errors: ["Reached maximum number of turns (3)"] },
      { ok: true, stop_reason: "max_turn_requests" },
    ],
    [{ stop_reason: "max_tokens" }, { ok: true, stop_reason: "max_tokens" }],
    [{ stop_reason: "refusal" }, { ok: true, stop_reason: "refusal" }],
    [
      { is_error: true, api_error_status: 401, result: "API Error: 401" },
      { ok: false, error: { kind: "auth", remedy: { command: "claude /login" } } },
    ],
    [
      { is_error: true, result: "Not logged in · Please run /login" },
      { ok: false, error: { kind: "auth" } },
    ],
    [
      { is_error: true, api_error_status: 429, result: "slow down" },
      { ok: false, error: { kind: "rate_limit", message: "slow down" } },
    ],
    [
      { is_error: true, api_error_status: 529, result: "Overloaded" },
      { ok: false, error: { kind: "http", message: "Overloaded" } },
    ],
    [
      { subtype: "error_max_budget_usd", is_error: true, errors: ["too dear"] },
      { ok: false, error: { kind: "limit", message: "too dear" } },
    ],
    [
      { subtype: "error_during_execution", is_error: true, errors: ["it broke"] },
      { ok: false, error: { kind: "protocol", message: "it broke" } },
    ],
  ])("ended by %o is %o", async (result, outcome) => {
    const { one } = await setUpClaude();
    expect(await script(one, { result })).toMatchObject(outcome);
    expect(await one.run("goes on")).toEqual(DONE);
  });

  it("says the result where nothing else was said", async () => {
    const { one } = await setUpClaude();
    await script(one, { result: { result: "Total cost: $0" } });
    expect(one.text("answer")).toBe("Total cost: $0");
    await one.run("hello");
    expect(one.text("answer")).toBe("Total cost: $0heard: hello");
  });

  it("takes pictures inside and other files by their path", async () => {
    const { one, work_dir } = await setUpClaude();
    const file = (name: string, mime_type: string, size: number) => {
      writeFileSync(join(work_dir, name), "x".repeat(Math.min(size, 300)));
      return { path: join(work_dir, name), name, mime_type, size };
    };
    const attachments = [file("a.png", "image/png", 300), file("b.pdf", "application/pdf", 10), file("c.png", "image/png", 6_000_000)];
    await one.session.runTurn({ turn_id: "t", text: "Look.", attachments }, new AbortController().signal);
    expect(one.text("answer")).toBe(
      `heard: Look.\n\nAttached files:\n- ${join(work_dir, "b.pdf")}\n- ${join(work_dir, "c.png")}[image image/png 400]`,
    );
  });

  it("is killed when it does not hear the interrupt, and the conversation goes on in a new process", async () => {
    const { one, host, sent } = await setUpClaude();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify(["begun", { deaf: true }]), stop.signal);
    await until(() => one.text("answer") === "begun", "the first word");
    const [pid] = host.children();
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(await one.run("again")).toEqual(DONE);
    expect(host.children()).not.toContain(pid);
    const { native_id } = eventsOf(one, "session.identified")[0] ?? {};
    expect(sent().filter((line) => Array.isArray(line))[1]).toEqual(expect.arrayContaining(["--resume", native_id]));
    expect(eventsOf(one, "notice")).toMatchObject([{ level: "info", code: "restarted" }]);
    expect(eventsOf(one, "session.identified")).toHaveLength(1);
  });

  it("shows what is done between turns, asks before it, and counts none of it for a turn", async () => {
    const { one } = await setUpClaude();
    expect(await script(one, "own", { after: [{ tool: BASH }, "more"] })).toEqual(DONE);
    const used = eventsOf(one, "usage.updated");
    await one.session.answer((await nextApproval(one)).approval_id, { option_id: "allow_once" });
    await until(() => one.text("answer").endsWith("more"), "the work after the turn");
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "completed" });
    expect(await one.run("next")).toEqual(DONE);
    expect(eventsOf(one, "usage.updated").slice(used.length)).toMatchObject([{ usage: { input_tokens: 120, cost_usd: 0.5 } }]);
  });

  it("counts work between turns for no turn where its result comes after the next message", async () => {
    const { one } = await setUpClaude();
    expect(await script(one, "own", { after: ["more", { hold: true }] })).toEqual(DONE);
    const used = eventsOf(one, "usage.updated");
    await until(() => one.text("answer").endsWith("more"), "the work after the turn");
    // It goes on only when the next message is there.
    expect(await one.run("next")).toEqual(DONE);
    expect(one.text("answer")).toContain("heard: next");
    expect(eventsOf(one, "usage.updated").slice(used.length)).toMatchObject([{ usage: { input_tokens: 120, cost_usd: 0.5 } }]);
  });

  it("tells messages of unknown types once", async () => {
    const { one } = await setUpClaude();
    const strange = { send: { type: "brand_new", more: 1 } };
    expect(await script(one, strange, strange, { send: { type: "keep_alive" } })).toEqual(DONE);
    expect(messages(one)).toEqual(['Claude Code sent a message of the unknown type "brand_new".']);
  });
});

describe("more text for a running turn", () => {
  it("is taken into the work and ends with it", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: BASH }, { absorb: true });
    await one.session.answer((await nextApproval(one)).approval_id, { option_id: "allow_once" });
    expect(await one.session.steer?.({ text: "and quickly" })).toBe(true);
    expect(await turn).toEqual(DONE);
    expect(one.text("answer")).toContain("absorbed: and quickly");
  });

  it("is answered after it where it came too late, in the same turn", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, "first", { tool: BASH });
    const asked = await nextApproval(one);
    expect(await one.session.steer?.({ text: "second" })).toBe(true);
    expect(await one.session.steer?.({ text: "third" })).toBe(true);
    await one.session.answer(asked.approval_id, { option_id: "reject_once" });
    expect(await turn).toEqual(DONE);
    expect(one.text("answer")).toMatch(/^first.*heard: secondheard: third$/s);
    expect(eventsOf(one, "usage.updated").at(-1)?.usage).toMatchObject({ input_tokens: 360, cost_usd: 1.5 });
    expect(await one.run("next")).toEqual(DONE);
  });

  it("is dropped with the turn when that is stopped", async () => {
    const { one } = await setUpClaude();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify(["begun", { wait: true }]), stop.signal);
    await until(() => one.text("answer") === "begun", "the first word");
    expect(await one.session.steer?.({ text: "never" })).toBe(true);
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(await one.run("next")).toEqual(DONE);
    expect(one.text("answer")).toBe("begunheard: next");
  });

  it("is not taken when no turn runs, nor by versions that do not tell what becomes of it", async () => {
    const { one } = await setUpClaude({ setup: { old: true } });
    expect(await one.session.steer?.({ text: "x" })).toBe(false);
    const turn = script(one, { tool: BASH });
    const asked = await nextApproval(one);
    expect(await one.session.steer?.({ text: "x" })).toBe(false);
    await one.session.answer(asked.approval_id, { option_id: "reject_once" });
    expect(await turn).toEqual(DONE);
  });
});
