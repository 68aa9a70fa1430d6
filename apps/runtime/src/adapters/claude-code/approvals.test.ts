import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Recorder, until } from "../../../test/adapter-host.ts";
import { BASH, DONE, eventsOf, nextApproval, script, setUpClaude } from "../../../test/claude-harness.ts";

/** What the fake Claude Code says it was answered. */
function answers(one: Recorder): unknown[] {
  return [...one.text("answer").matchAll(/^answer (.*)$/gm)].map(([, json = ""]): unknown => JSON.parse(json));
}

const SUGGESTIONS = [
  { type: "addRules", rules: [{ toolName: "Bash", ruleContent: "rm -rf build" }], behavior: "allow", destination: "localSettings" },
  { type: "addDirectories", directories: ["/"], destination: "session" },
  { type: "setMode", mode: "acceptEdits", destination: "session" },
];

describe("a permission", () => {
  it("shows what would run, and lets it run unchanged", async () => {
    const { one, work_dir } = await setUpClaude();
    const turn = script(one, { tool: BASH });
    const asked = await nextApproval(one);
    expect(asked).toMatchObject({
      tool: "Bash",
      title: "rm -rf build",
      kind: "execute",
      input: BASH.input,
      subject: { command: "rm -rf build", cwd: work_dir },
      tool_call_id: eventsOf(one, "tool.started")[0]?.tool_call_id,
    });
    expect(asked.subject?.paths).toBeUndefined();
    expect(asked.options.map(({ kind }) => kind)).toEqual(["allow_once", "reject_once"]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "pending" });
    expect(await one.session.answer(asked.approval_id, { option_id: "allow_once" })).toBe(true);
    expect(await one.session.answer(asked.approval_id, { option_id: "reject_once" })).toBe(false);
    expect(await turn).toMatchObject(DONE);
    expect(answers(one)).toEqual([{ behavior: "allow", updatedInput: BASH.input }]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "completed" });
  });

  it("carries a denial's reason to the model, or one of its own", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: BASH }, { tool: BASH }, { tool: BASH });
    for (const [index, answer] of [
      { option_id: "reject_once", reason: "use make clean" },
      { option_id: "reject_once" },
      // Nobody was offered this, so it allows nothing.
      { option_id: "allow_always" },
    ].entries()) {
      await one.session.answer((await nextApproval(one, index)).approval_id, answer);
    }
    expect(await turn).toMatchObject(DONE);
    const own = { behavior: "deny", message: "The user does not allow this." };
    expect(answers(one)).toEqual([{ behavior: "deny", message: "use make clean" }, own, own]);
  });

  it("offers 'always' for this session only, whatever else is suggested", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: { ...BASH, permission_suggestions: SUGGESTIONS } });
    const asked = await nextApproval(one);
    expect(asked.options[1]).toEqual({ id: "allow_always", kind: "allow_always", label: "Allow in this session: Bash(rm -rf build)" });
    await one.session.answer(asked.approval_id, { option_id: "allow_always" });
    await turn;
    const rules = [{ toolName: "Bash", ruleContent: "rm -rf build" }];
    const updatedPermissions = [{ type: "addRules", rules, behavior: "allow", destination: "session" }];
    expect(answers(one)).toEqual([{ behavior: "allow", updatedInput: BASH.input, updatedPermissions }]);
  });

  it("does not offer 'always' where that cannot be shown whole, or is nothing but a mode", async () => {
    const { one } = await setUpClaude();
    const long = { ...SUGGESTIONS[0], rules: [{ toolName: "Bash", ruleContent: "x".repeat(300) }] };
    for (const [index, permission_suggestions] of [
      [long],
      SUGGESTIONS.slice(1),
      [{ type: "addRules", behavior: "deny" }, null, 1],
    ].entries()) {
      const turn = script(one, { tool: { ...BASH, permission_suggestions } });
      const asked = await nextApproval(one, index);
      expect(asked.options.map(({ kind }) => kind)).toEqual(["allow_once", "reject_once"]);
      await one.session.answer(asked.approval_id, { option_id: "reject_once" });
      await turn;
    }
  });

  it("shows an edit as a diff of the file as it stands", async () => {
    const { one, work_dir } = await setUpClaude();
    const file_path = join(work_dir, "a.txt");
    writeFileSync(file_path, "one\ntwo\nthree\n");
    const edits = [
      { name: "Edit", input: { file_path, old_string: "two", new_string: "2" }, patch: "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three" },
      {
        name: "MultiEdit",
        input: {
          file_path,
          edits: [
            { old_string: "one", new_string: "1" },
            { old_string: "1", new_string: "I" },
          ],
        },
        patch: "@@ -1,3 +1,3 @@\n-one\n+I\n two\n three",
      },
      { name: "Write", input: { file_path: "new.txt", content: "hi\n" }, patch: "@@ -1,0 +1,1 @@\n+hi" },
      // Not in the file: the bare texts, and no word of the rest.
      {
        name: "Edit",
        input: { file_path, old_string: "four", new_string: "4" },
        patch: "@@ -1,1 +1,1 @@\n-four\n\\ No newline at end of file\n+4\n\\ No newline at end of file",
      },
      { name: "Edit", input: { file_path, old_string: 4 }, patch: undefined },
    ];
    for (const [index, { name, input, patch }] of edits.entries()) {
      const turn = script(one, { tool: { name, input } });
      const asked = await nextApproval(one, index);
      const path = join(work_dir, name === "Write" ? "new.txt" : "a.txt");
      expect(asked).toMatchObject({ kind: "edit", subject: { paths: [path] } });
      if (patch === undefined) expect(asked.content).toBeUndefined();
      else expect(asked.content).toMatchObject([{ type: "diff", path, change: name === "Write" ? "created" : "modified", patch }]);
      await one.session.answer(asked.approval_id, { option_id: "reject_once" });
      await turn;
    }
  });

  it.each([
    ["Read", { file_path: "/etc/passwd" }, "read", { paths: ["/etc/passwd"] }],
    ["Read", { file_path: "~/.ssh/id" }, "read", { paths: ["HOME/.ssh/id"] }],
    ["NotebookEdit", { file_path: "a", notebook_path: "/etc/b" }, "edit", { paths: ["HOME/work/a", "/etc/b"] }],
    ["Grep", { pattern: "x", file_path: "/etc" }, "search", { paths: ["/etc", "HOME/work"] }],
    ["Grep", { pattern: "x", path: "../up" }, "search", { paths: ["HOME/up"] }],
    ["Glob", { pattern: "*.ts" }, "search", { paths: ["HOME/work"] }],
    ["Glob", { pattern: "/etc/**" }, "search", { paths: undefined }],
    ["WebFetch", { url: "https://example.com:8443/x" }, "fetch", { hosts: ["example.com"] }],
    ["mcp__mail__send", { path: "/etc/passwd" }, "other", { paths: undefined }],
    ["Task", { description: "d" }, "other", {}],
    ["constructor", {}, "other", {}],
  ])("asks for %s %o with what it would touch", async (name, input, kind, subject) => {
    const { one, folder, work_dir } = await setUpClaude();
    const turn = script(one, { tool: { name, input } });
    const asked = await nextApproval(one);
    const here: unknown = JSON.parse(JSON.stringify(subject).replaceAll("HOME", folder));
    expect(asked).toMatchObject({ tool: name, kind, input, subject: { cwd: work_dir, ...(here as object) } });
    await one.session.answer(asked.approval_id, { option_id: "reject_once" });
    expect(await turn).toMatchObject(DONE);
  });

  it("withdraws what Claude Code takes back", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { later: BASH }, { delay: 20 }, { takeBack: true }, "went on");
    expect(await turn).toMatchObject(DONE);
    const asked = await nextApproval(one);
    expect(eventsOf(one, "approval.withdrawn")).toMatchObject([{ approval_id: asked.approval_id }]);
    expect(await one.session.answer(asked.approval_id, { option_id: "allow_once" })).toBe(false);
  });

  it("denies and withdraws what is open when the turn is stopped, in that order, and goes on after it", async () => {
    const { one, host, sent } = await setUpClaude();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([{ tool: BASH }]), stop.signal);
    const asked = await nextApproval(one);
    const [pid] = host.children();
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(eventsOf(one, "approval.withdrawn")).toEqual([
      { type: "approval.withdrawn", approval_id: asked.approval_id, reason: "The turn was stopped." },
    ]);
    // The denial alone ends the turn; the interrupt may be read a moment later.
    const interrupt = { type: "control_request", request: { subtype: "interrupt", cancel_queued: true } };
    await until(() => JSON.stringify(sent().at(-1)).includes(`"subtype":"interrupt"`), "the interrupt at Claude Code");
    expect(sent().slice(-2)).toMatchObject([
      { type: "control_response", response: { response: { behavior: "deny", message: "The turn was stopped.", interrupt: true } } },
      interrupt,
    ]);
    expect(await one.run("next")).toMatchObject(DONE);
    expect(host.children()).toEqual([pid]);
  });

  it("denies what is still open when the turn ends, so that nothing waits for ever", async () => {
    const { one, sent } = await setUpClaude();
    expect(await script(one, { later: BASH }, { delay: 50 })).toMatchObject(DONE);
    expect(eventsOf(one, "approval.withdrawn")).toHaveLength(1);
    const denied = {
      type: "control_response",
      response: { response: { behavior: "deny", message: "The turn ended before it was answered." } },
    };
    await until(() => sent().length > 3, "the denial at Claude Code");
    expect(sent().at(-1)).toMatchObject(denied);
  });

  it("withdraws what is open when Claude Code dies", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { later: BASH }, { delay: 50 }, { exit: 5 });
    expect(await turn).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 5 } });
    expect(eventsOf(one, "approval.withdrawn")).toMatchObject([{ reason: "Claude Code's process ended." }]);
    expect(eventsOf(one, "tool.updated").at(-1)).toMatchObject({ status: "failed" });
  });

  it("refuses requests of other kinds and odd forms, and says so", async () => {
    const { one } = await setUpClaude();
    const odd = [{ subtype: "hook_callback" }, { subtype: "can_use_tool" }, { subtype: "can_use_tool", tool_name: "Bash", input: "rm" }];
    expect(await script(one, ...odd.map((ask) => ({ ask })))).toMatchObject(DONE);
    const denied = { behavior: "deny", message: "The request was not valid." };
    expect(answers(one)).toEqual([{ error: "Unsupported control request: hook_callback" }, denied, denied]);
    expect(one.codes()).toEqual(["unknown_request", "unknown_request", "unknown_request"]);
    expect(eventsOf(one, "approval.requested")).toEqual([]);
  });

  it("is refused where its input cannot be shown: nobody is to allow what they cannot see", async () => {
    const { one } = await setUpClaude();
    let input: Record<string, unknown> = { command: "rm -rf build" };
    for (let depth = 0; depth < 200; depth += 1) input = { deeper: input };
    expect(await script(one, { tool: { name: "Bash", input } })).toMatchObject(DONE);
    expect(answers(one)).toEqual([{ behavior: "deny", message: "The input is nested too deeply to be shown to the user." }]);
    expect(one.codes()).toEqual(["unknown_request"]);
    expect(eventsOf(one, "approval.requested")).toEqual([]);
  });
});

describe("a question", () => {
  const input = {
    questions: [
      { question: "Which?", header: "Pick", multiSelect: false, options: [{ label: "A", description: "a" }, { label: "B" }] },
      { question: "Which ones?", header: "More", multiSelect: true, options: [{ label: "C" }, { label: "D" }] },
    ],
  };
  const call = { name: "AskUserQuestion", input };

  it("is asked with its choices, and answered by its text", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: call });
    const asked = await nextApproval(one);
    expect(asked.questions).toEqual([
      {
        id: "question-1",
        header: "Pick",
        question: "Which?",
        multiple: false,
        free_text: true,
        choices: [{ label: "A", description: "a" }, { label: "B" }],
      },
      {
        id: "question-2",
        header: "More",
        question: "Which ones?",
        multiple: true,
        free_text: true,
        choices: [{ label: "C" }, { label: "D" }],
      },
    ]);
    await one.session.answer(asked.approval_id, { option_id: "allow_once", answers: { "question-1": ["B"], "question-2": ["C", "mine"] } });
    await turn;
    expect(answers(one)).toEqual([{ behavior: "allow", updatedInput: { ...input, answers: { "Which?": "B", "Which ones?": "C, mine" } } }]);
  });

  it("is denied when it is not answered whole, and refused when it cannot be shown", async () => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: call }, { tool: { name: "AskUserQuestion", input: { questions: [] } } });
    await one.session.answer((await nextApproval(one)).approval_id, { option_id: "allow_once", answers: { "question-1": ["A"] } });
    expect(await turn).toMatchObject(DONE);
    expect(answers(one)).toMatchObject([{ behavior: "deny", message: "The user gave no answer." }, { behavior: "deny" }]);
    expect(one.codes()).toEqual(["unknown_request"]);
  });
});

describe("a plan", () => {
  it.each([
    ["the question", { plan: "# Do it" }, undefined, "# Do it"],
    ["the model's call", { plan: "# Do it" }, {}, "# Do it"],
    ["nowhere", {}, {}, "Claude Code did not say what the plan is."],
  ])("is shown from %s", async (_where, input, question, plan) => {
    const { one } = await setUpClaude();
    const turn = script(one, { tool: { name: "ExitPlanMode", input, question, permission_suggestions: SUGGESTIONS } });
    const asked = await nextApproval(one);
    expect(asked).toMatchObject({ kind: "switch_mode", plan });
    expect(asked.options.map(({ kind }) => kind)).toEqual(["allow_once", "reject_once"]);
    await one.session.answer(asked.approval_id, { option_id: "allow_once" });
    expect(await turn).toMatchObject(DONE);
    expect(answers(one)).toEqual([{ behavior: "allow", updatedInput: question ?? input }]);
  });
});
