import { type ApprovalAnswers, approvalRequestedSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { type Message, recorded, WORK_DIR } from "../../../test/codex-replay.ts";
import { type Handling, handleRequest } from "./requests.ts";
import { innerLine } from "./shell-line.ts";

const ROUTE = { threadId: "main", turnId: "t1", startedAtMs: 1 };
const CHANGES = [{ path: `${WORK_DIR}/a.ts`, kind: { type: "update" }, diff: "@@ -1,1 +1,1 @@\n-a\n+b\n" }];

function handle(method: string, params: unknown): Handling {
  const latest = () => ({
    type: "mcpToolCall",
    id: "call-1",
    server: "demo",
    tool: "paint",
    summary: [],
    changes: [],
    receiverThreadIds: [],
  });
  const proposed = (id: string) => (id === "f1" ? CHANGES : id === "empty" ? [] : undefined);
  return handleRequest(method, params, { work_dir: WORK_DIR, proposed, latest });
}

function ask(method: string, params: object) {
  const handling = handle(method, { ...ROUTE, ...params });
  if (handling.kind !== "ask") throw new Error(`not asked but: ${handling.kind}`);
  const { item_id: _, ...question } = handling.question;
  expect(approvalRequestedSchema.safeParse({ type: "approval.requested", approval_id: "a", ...question }).error).toBeUndefined();
  const results = Object.fromEntries(
    ["accept", "acceptForSession", "decline", "nonsense"].map((option_id) => [option_id, handling.reply({ option_id }).result]),
  );
  return { ...handling, results };
}

describe("requests of Codex", () => {
  it("asks for a command, with what rules need", () => {
    const { question, results, cancel } = ask("item/commandExecution/requestApproval", {
      itemId: "c1",
      kind: "command",
      command: "/bin/bash -lc 'touch a && echo b'",
      cwd: WORK_DIR,
      reason: "to see",
    });
    expect(question).toMatchObject({
      tool: "commandExecution",
      title: "touch a && echo b",
      kind: "execute",
      detail: "to see",
      subject: { command: "touch a && echo b", cwd: WORK_DIR },
      input: { kind: "command", command: "/bin/bash -lc 'touch a && echo b'", cwd: WORK_DIR, reason: "to see" },
    });
    expect(question.input).not.toHaveProperty("threadId");
    expect(question.options.map(({ id, kind }) => [id, kind])).toEqual([
      ["accept", "allow_once"],
      ["acceptForSession", "allow_always"],
      ["decline", "reject_once"],
    ]);
    expect(results).toEqual({
      accept: { decision: "accept" },
      acceptForSession: { decision: "acceptForSession" },
      decline: { decision: "decline" },
      nonsense: { decision: "decline" },
    });
    expect(cancel).toEqual({ decision: "cancel" });
  });

  it("offers the decisions that Codex lists, named by what they permit, and answers in Codex's own words", () => {
    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", "it's a"] } };
    const listed = { itemId: "c1", command: "touch a", availableDecisions: ["accept", amendment, "cancel"] };
    const { question, results, reply } = ask("item/commandExecution/requestApproval", listed);
    expect(question.options).toEqual([
      { id: "accept", kind: "allow_once", label: "Allow once" },
      { id: "acceptWithExecpolicyAmendment", kind: "allow_always", label: "Always allow, unsandboxed: touch 'it'\\''s a' …" },
      { id: "decline", kind: "reject_once", label: "Deny" },
      { id: "cancel", kind: "reject_once", label: "Deny and stop the turn" },
    ]);
    expect(reply({ option_id: "acceptWithExecpolicyAmendment" })).toEqual({ result: { decision: amendment } });
    expect(reply({ option_id: "cancel", reason: "no" })).toEqual({ result: { decision: "cancel" }, reason: "no", endsTurn: true });
    // Not listed, so not offered.
    expect(results.acceptForSession).toEqual({ decision: "decline" });
  });

  it.each(["conversation", "code-mode"])("offers what Codex really listed in %s", (name) => {
    const messages = recorded(name).map((line): Message => JSON.parse(line));
    const requests = messages.filter(({ method }) => method === "item/commandExecution/requestApproval");
    const offered = requests.map(({ params = {} }) => {
      const { question, results } = ask("item/commandExecution/requestApproval", params);
      expect(results.nonsense).toEqual({ decision: "decline" });
      return question.options.map(({ id }) => id);
    });
    expect(offered.length).toBeGreaterThan(0);
    expect(offered).toEqual(offered.map(() => ["accept", "acceptWithExecpolicyAmendment", "decline", "cancel"]));
  });

  it("offers lasting rules about a host", () => {
    const rule = (action: string) => ({ applyNetworkPolicyAmendment: { network_policy_amendment: { host: "example.com", action } } });
    const { question, reply } = ask("item/commandExecution/requestApproval", {
      itemId: "c1",
      networkApprovalContext: { host: "example.com", protocol: "https" },
      availableDecisions: ["accept", "acceptForSession", rule("allow"), rule("deny"), "cancel"],
    });
    expect(question.options.map(({ id, kind, label }) => [id, kind, label])).toEqual([
      ["accept", "allow_once", "Allow once"],
      ["acceptForSession", "allow_always", "Allow this host for this session"],
      ["applyNetworkPolicyAmendment-allow", "allow_always", "Always allow this host, in all sessions: example.com"],
      ["applyNetworkPolicyAmendment-deny", "reject_always", "Never allow this host, in all sessions: example.com"],
      ["decline", "reject_once", "Deny"],
      ["cancel", "reject_once", "Deny and stop the turn"],
    ]);
    for (const action of ["allow", "deny"]) {
      expect(reply({ option_id: `applyNetworkPolicyAmendment-${action}` }).result).toEqual({ decision: rule(action) });
    }
  });

  it("offers no decision whose reach cannot be told whole, and can always deny", () => {
    const prefix = (...words: string[]) => ({ acceptWithExecpolicyAmendment: { execpolicy_amendment: words } });
    const strange = [
      prefix("echo", "x".repeat(200)),
      prefix("echo", "a\nb"),
      prefix("echo", "a\u202eb"),
      prefix(),
      { acceptForever: {} },
      "always",
      7,
      null,
    ];
    const { question, results } = ask("item/commandExecution/requestApproval", {
      itemId: "c1",
      command: "echo",
      availableDecisions: strange,
    });
    expect(question.options).toEqual([{ id: "decline", kind: "reject_once", label: "Deny" }]);
    expect(results.accept).toEqual({ decision: "decline" });
    const many = Array.from({ length: 20 }, () => ["accept", "acceptForSession", "cancel", "decline"]).flat();
    expect(ask("item/commandExecution/requestApproval", { itemId: "c1", availableDecisions: many }).question.options).toHaveLength(4);
  });

  it("does not let a rule about a command decide about its input or about a host", () => {
    const base = { itemId: "c1", command: "/bin/bash -lc 'git status'", cwd: "relative" };
    const network = ask("item/commandExecution/requestApproval", {
      ...base,
      networkApprovalContext: { host: "example.com", protocol: "https" },
    });
    expect(network.question).toMatchObject({
      tool: "network",
      kind: "fetch",
      title: "Reach example.com",
      subject: { hosts: ["example.com"] },
    });
    const stdin = ask("item/commandExecution/requestApproval", { ...base, kind: "writeStdin" });
    expect(stdin.question).toMatchObject({ tool: "writeStdin", title: "Type into git status", subject: {} });
    expect(network.question.subject).not.toHaveProperty("command");
    expect(stdin.question.subject).toEqual({});
  });

  it("asks for a change of files with the diff that its item has told", () => {
    const { question } = ask("item/fileChange/requestApproval", { itemId: "f1", reason: null, grantRoot: null });
    expect(question).toMatchObject({ tool: "fileChange", title: "Edit a.ts", kind: "edit", subject: { paths: [`${WORK_DIR}/a.ts`] } });
    expect(question.content).toEqual([expect.objectContaining({ type: "diff", change: "modified", added: 1, removed: 1 })]);
    const root = ask("item/fileChange/requestApproval", { itemId: "f1", grantRoot: "/srv" });
    expect(root.question.title).toBe("Write anywhere in /srv");
    expect(root.question.subject).not.toHaveProperty("paths");
  });

  it("refuses a change of files that nobody can be shown, and says so", () => {
    const notice = expect.stringMatching(/without telling what/);
    const declined = { kind: "answer", result: { decision: "decline" }, notice };
    for (const itemId of ["f2", "empty"]) expect(handle("item/fileChange/requestApproval", { ...ROUTE, itemId })).toEqual(declined);
    expect(handle("applyPatchApproval", { callId: "c", fileChanges: {} })).toMatchObject({
      kind: "answer",
      result: { decision: { denied: expect.anything() } },
      notice,
    });
    // A whole folder is a question of its own.
    expect(ask("item/fileChange/requestApproval", { itemId: "f2", grantRoot: "/srv" }).question.title).toBe("Write anywhere in /srv");
  });

  it("grants exactly the permissions that were asked, or none", () => {
    const permissions = { network: { enabled: true }, fileSystem: null };
    const { results, cancel, question } = ask("item/permissions/requestApproval", { cwd: WORK_DIR, reason: "r", permissions });
    const granted = { network: { enabled: true } };
    expect(question.title).toBe("Use the network");
    expect(results.accept).toEqual({ permissions: granted, scope: "turn" });
    expect(results.acceptForSession).toEqual({ permissions: granted, scope: "session" });
    expect([results.decline, results.nonsense, cancel]).toEqual(Array(3).fill({ permissions: {}, scope: "turn" }));
  });

  it("puts Codex's questions to the person and the answers back", () => {
    const questions = [
      { id: "q", header: "H", question: "Which?", isOther: true, isSecret: true, options: [{ label: "A", description: "a" }] },
      { id: "free", question: "What?", options: null },
    ];
    const { question, reply, results } = ask("item/tool/requestUserInput", { itemId: "i", questions });
    expect(question.questions).toEqual([
      { id: "q", header: "H", question: "Which?", multiple: false, free_text: true, choices: [{ label: "A", description: "a" }] },
      { id: "free", question: "What?", multiple: false, free_text: true, choices: [] },
    ]);
    expect(question.detail).toMatch(/secret/);
    expect(reply({ option_id: "accept", answers: { q: ["A"], free: ["text"] } }).result).toEqual({
      answers: { q: { answers: ["A"] }, free: { answers: ["text"] } },
    });
    expect(results.decline).toEqual({ answers: {} });
  });

  it("asks for a tool of an MCP server, for longer only where Codex offers that", () => {
    const request = {
      serverName: "demo",
      mode: "form",
      message: 'Allow the demo MCP server to run tool "paint"?',
      requestedSchema: { type: "object", properties: {} },
      _meta: { codex_approval_kind: "mcp_tool_call", persist: ["session", "always"], tool_params: { x: 1 } },
    };
    const { question, results, reply } = ask("mcpServer/elicitation/request", request);
    expect(question).toMatchObject({ tool: "demo.paint", item_id: "call-1", input: { x: 1 } });
    expect(results.acceptForSession).toEqual({ action: "accept", content: {}, _meta: { persist: "session" } });
    expect(reply({ option_id: "acceptAlways" }).result).toEqual({ action: "accept", content: {}, _meta: { persist: "always" } });
    expect(results.nonsense).toEqual({ action: "decline", content: null, _meta: null });
    const once = ask("mcpServer/elicitation/request", { ...request, _meta: { codex_approval_kind: "mcp_tool_call" } });
    expect(once.question.options.map(({ id }) => id)).toEqual(["accept", "decline"]);
    expect(once.results.acceptForSession).toEqual({ action: "decline", content: null, _meta: null });
  });

  it("shows forms of MCP servers as questions, and fills them in", () => {
    const properties = {
      color: { type: "string", title: "Colour", enum: ["red", "blue"] },
      sizes: { type: "array", items: { anyOf: [{ const: "s", title: "Small" }] } },
      sure: { type: "boolean" },
      count: { type: "integer" },
      note: { type: "string", description: "Say more" },
    };
    const form = {
      serverName: "demo",
      mode: "form",
      message: "Fill in",
      requestedSchema: { type: "object", properties, required: ["color"] },
    };
    const { question, reply } = ask("mcpServer/elicitation/request", form);
    expect(
      question.questions?.map(({ id, multiple, free_text, choices }) => [id, multiple, free_text, choices.map(({ label }) => label)]),
    ).toEqual([
      ["color", false, false, ["red", "blue"]],
      ["sizes", true, false, ["Small"]],
      ["sure", false, false, ["Yes", "No"]],
      ["count", false, true, []],
      ["note", false, true, []],
    ]);
    const answers = { color: ["red"], sizes: ["Small"], sure: ["No"], count: ["3"] };
    expect(reply({ option_id: "accept", answers }).result).toEqual({
      action: "accept",
      content: { color: "red", sizes: ["s"], sure: false, count: 3 },
      _meta: null,
    });
    const wrongs: ApprovalAnswers[] = [{}, { color: ["green"] }, { color: ["red"], count: ["many"] }, { color: ["red"], count: ["1.5"] }];
    for (const wrong of wrongs) {
      expect(reply({ option_id: "accept", answers: wrong }).result).toMatchObject({ action: "decline" });
    }
  });

  it("asks people to open an address, and declines what it cannot show", () => {
    const url = ask("mcpServer/elicitation/request", { serverName: "demo", mode: "url", message: "Sign in", url: "https://example.com/x" });
    expect(url.question).toMatchObject({ title: "Sign in", subject: { hosts: ["example.com"] } });
    for (const request of [
      { serverName: "demo", mode: "openai/userVerification", title: "x" },
      { serverName: "demo", mode: "form", message: "m", requestedSchema: { properties: { x: { type: "object" } } } },
      { serverName: "demo", mode: "form", message: "m", _meta: { codex_approval_kind: "tool_suggestion" } },
    ]) {
      expect(handle("mcpServer/elicitation/request", request)).toMatchObject({
        kind: "answer",
        result: { action: "decline" },
        notice: expect.any(String),
      });
    }
  });

  it("speaks the first protocol too, where the reason has a place", () => {
    const exec = ask("execCommandApproval", {
      callId: "c",
      command: ["/bin/bash", "-lc", "ls -l"],
      cwd: WORK_DIR,
      reason: null,
      parsedCmd: [],
    });
    expect(exec.question).toMatchObject({ title: "ls -l", subject: { command: "ls -l", cwd: WORK_DIR } });
    expect(exec.results).toMatchObject({ accept: { decision: "approved" }, acceptForSession: { decision: "approved_for_session" } });
    expect(exec.reply({ option_id: "decline", reason: "no" }).result).toEqual({ decision: { denied: { rejection: "no" } } });
    const plain = ask("execCommandApproval", { command: ["git", "status"], cwd: WORK_DIR });
    expect(plain.question.subject?.command).toEqual(["git", "status"]);
    const patch = ask("applyPatchApproval", { callId: "c", fileChanges: { [`${WORK_DIR}/n`]: { type: "add", content: "x\n" } } });
    expect(patch.question.content).toEqual([expect.objectContaining({ change: "created", added: 1 })]);
    expect(patch.cancel).toEqual({ decision: "abort" });
  });

  it("answers or refuses all others, and says so", () => {
    expect(handle("currentTime/read", {})).toMatchObject({ kind: "answer", result: { currentTimeAt: expect.any(Number) } });
    expect(handle("item/tool/call", { tool: "x" })).toMatchObject({
      kind: "answer",
      result: { success: false },
      notice: expect.any(String),
    });
    for (const method of ["account/chatgptAuthTokens/refresh", "attestation/generate", "new/thing", "constructor", "__proto__"]) {
      expect(handle(method, {})).toMatchObject({ kind: "refuse", code: -32601, notice: expect.any(String) });
    }
    for (const params of [undefined, null, [], {}, { itemId: 1 }]) {
      expect(handle("item/commandExecution/requestApproval", params)).toMatchObject({ kind: "refuse", code: -32602 });
      expect(handle("item/permissions/requestApproval", params)).toMatchObject({ kind: "refuse", code: -32602 });
    }
  });
});

describe("the line inside of a shell command", () => {
  it.each([
    ["/bin/bash -lc 'touch x'", "touch x"],
    ["bash -c ls", "ls"],
    [`/bin/zsh -lc "it's \\"fine\\" \\$HOME"`, `it's "fine" $HOME`],
    [`bash -lc 'a'\\''b'`, "a'b"],
    ["bash -lc 'rm x' extra", "bash -lc 'rm x' extra"],
    ["bash -lc $(evil)", "bash -lc $(evil)"],
    ['bash -lc "$(evil)"', 'bash -lc "$(evil)"'],
    ["bash -lc 'a' && rm -rf b", "bash -lc 'a' && rm -rf b"],
    ["bash -lc 'a'; rm b", "bash -lc 'a'; rm b"],
    ["bash -lc 'open", "bash -lc 'open"],
    ["bash -x 'a'", "bash -x 'a'"],
    ["fish -c 'a'", "fish -c 'a'"],
    ["git status", "git status"],
    ["", ""],
  ])("%j is %j", (command, line) => {
    expect(innerLine(command)).toBe(line);
  });
});
