/** What rules decide: deny before ask before allow, nothing allowed that is in doubt. */
import { AppError, type ApprovalRequested, type RuleConditions, type RuleEffect } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { proposeRule } from "./rule-proposals.ts";
import { callOf, judge, matches, optionFor, readRule, rejectingOption } from "./rules.ts";

const OPTIONS: ApprovalRequested["options"] = [
  { id: "yes", kind: "allow_once", label: "Allow" },
  { id: "no", kind: "reject_once", label: "Reject" },
];

const call = (request: Partial<ApprovalRequested>) =>
  callOf("claude", { type: "approval.requested", approval_id: "a", tool: "Bash", title: "t", options: OPTIONS, ...request });
const run = (command: string | string[]) => call({ kind: "execute", subject: { command, cwd: "/work" } });
const edit = (...paths: string[]) => call({ tool: "Edit", kind: "edit", subject: { paths, cwd: "/work/app" } });
const fetching = (...hosts: string[]) => call({ tool: "Fetch", kind: "fetch", subject: { hosts } });
const rule = (effect: RuleEffect, when: RuleConditions) => readRule({ effect, when });

describe("conditions", () => {
  it.each<[RuleConditions, ReturnType<typeof call>, string, string]>([
    [{ endpoint_id: "claude" }, run("ls"), "yes", "yes"],
    [{ endpoint_id: "codex" }, run("ls"), "no", "no"],
    [{ kinds: ["execute", "edit"] }, run("ls"), "yes", "yes"],
    [{ kinds: ["edit"] }, run("ls"), "no", "no"],
    [{ kinds: ["other"] }, call({}), "no", "no"],
    [{ tool: "Ba*" }, run("ls"), "yes", "yes"],
    [{ tool: "bash" }, run("ls"), "no", "no"],
    [{ command: ["ls"] }, run("ls"), "yes", "yes"],
    [{ command: ["ls"] }, edit("/a"), "no", "no"],
    [{ command: ["ls"] }, run("ls; pwd"), "no", "yes"],
    [{ command: ["ls"] }, run("sudo ls"), "no", "yes"],
    [{ command: ["ls"] }, run("$(echo ls)"), "no", "maybe"],
    [{ command: ["ls"], endpoint_id: "codex" }, run("ls"), "no", "no"],
    [{ path: "/work/app/**" }, edit("/work/app/src/a.ts", "b.ts"), "yes", "yes"],
    [{ path: "/work/app/**" }, edit("/work/app/a.ts", "/etc/passwd"), "no", "yes"],
    [{ path: "/work/app/**" }, edit("/work/app/../../etc/passwd"), "no", "no"],
    [{ path: "/etc/**" }, edit("/work/app/../../etc/passwd"), "yes", "yes"],
    [{ path: "/work/app/**" }, run("ls"), "no", "no"],
    [{ path: "/work/**" }, call({ kind: "edit", subject: { paths: ["a.ts"] } }), "no", "maybe"],
    [{ host: "*.example.com" }, fetching("api.example.com"), "yes", "yes"],
    [{ host: "*.example.com" }, fetching("api.example.com", "evil.org"), "no", "yes"],
    [{ host: "*" }, edit("/a"), "no", "no"],
    [{ path: "/work/**" }, call({ subject: { command: "rm -rf ~", paths: ["/work/x"] } }), "no", "yes"],
    [{ path: "/work/**" }, call({ kind: "execute", subject: { paths: ["/work/x"] } }), "no", "yes"],
    [{ host: "a.org" }, call({ kind: "execute", subject: { command: "rm -rf ~", hosts: ["a.org"] } }), "no", "yes"],
    [{ command: ["ls"], path: "/work/**" }, call({ subject: { command: "ls", paths: ["/work/x"] } }), "yes", "yes"],
    [{ tool: "Bash", command: ["ls"] }, call({ input_truncated: true, subject: { command: "ls" } }), "no", "yes"],
    [{ command: ["rm"] }, call({ input_truncated: true, subject: { command: "ls" } }), "no", "maybe"],
    // What is not told may be anything.
    [{ path: "/etc/**" }, call({ kind: "edit" }), "no", "maybe"],
    [{ path: "/etc/**" }, call({}), "no", "maybe"],
    [{ path: "/etc/**" }, call({ kind: "execute" }), "no", "maybe"],
    [{ path: "/etc/**" }, call({ kind: "think" }), "no", "no"],
    [{ host: "a.org" }, call({ kind: "fetch" }), "no", "maybe"],
    [{ host: "a.org" }, call({ kind: "read" }), "no", "no"],
    [{ command: ["rm"] }, call({ kind: "execute" }), "no", "maybe"],
    [{ command: ["rm"] }, call({ kind: "other" }), "no", "maybe"],
    [{ command: ["rm"] }, call({ kind: "read" }), "no", "no"],
    [{ path: "/a/*" }, edit(...Array.from({ length: 200 }, (_, index) => `/a/${index}`)), "no", "yes"],
  ])("%j", (when, asked, allowing, denying) => {
    expect({ allowing: matches(rule("allow", when), asked), denying: matches(rule("deny", when), asked) }).toEqual({ allowing, denying });
    expect(matches(rule("ask", when), asked)).toBe(denying);
  });
});

describe("several rules", () => {
  const allow = rule("allow", { tool: "Bash" });
  const ask = rule("ask", { command: ["git", "push", "**"] });
  const deny = rule("deny", { command: ["rm", "**"] });
  const all = [allow, ask, deny];

  it("decide deny before ask before allow, in whatever order they stand", () => {
    for (const rules of [all, [...all].reverse()]) {
      expect(judge(rules, run("ls"))).toEqual({ effect: "allow", rule: allow });
      expect(judge(rules, run("ls; git push"))).toEqual({ effect: "ask", rule: ask });
      expect(judge(rules, run("git push && rm x"))).toEqual({ effect: "deny", rule: deny });
      expect(judge(rules, edit("/a"))).toEqual({ effect: "ask", rule: undefined });
    }
  });

  it("ask where it cannot be told whether one forbids it", () => {
    expect(judge(all, run("$X y"))).toEqual({ effect: "ask", rule: undefined });
    expect(judge([allow], run("$X y"))).toEqual({ effect: "allow", rule: allow });
  });

  it("deny for a path that stands beside an allowed command", () => {
    const asked = call({ kind: "other", subject: { command: "git push", paths: ["/work/a", "/etc/x"] } });
    const refuses = rule("deny", { path: "/etc/**" });
    expect(judge([rule("allow", { command: ["git", "**"] }), refuses], asked)).toEqual({ effect: "deny", rule: refuses });
  });

  it("never allow questions and plans, but may refuse them", () => {
    const any = rule("allow", { endpoint_id: "claude" });
    const questions = [{ id: "q", question: "Which?", multiple: false, free_text: true, choices: [] }];
    for (const asked of [call({ questions }), call({ plan: "# Plan" })]) {
      expect(judge([any], asked)).toEqual({ effect: "ask", rule: undefined });
      expect(judge([any, rule("deny", { tool: "Bash" })], asked)).toMatchObject({ effect: "deny" });
    }
  });
});

describe("options", () => {
  it("are used only where the agent offers them", () => {
    const always: ApprovalRequested["options"] = [
      { id: "aa", kind: "allow_always", label: "Always" },
      { id: "ra", kind: "reject_always", label: "Never" },
    ];
    expect(optionFor("allow", OPTIONS)?.id).toBe("yes");
    expect(optionFor("deny", OPTIONS)?.id).toBe("no");
    expect(optionFor("allow", always)).toBeUndefined();
    expect(optionFor("deny", always)).toBeUndefined();
    expect(optionFor("ask", OPTIONS)).toBeUndefined();
    expect(rejectingOption(always)?.id).toBe("ra");
    expect(rejectingOption([...always, ...OPTIONS])?.id).toBe("no");
  });
});

describe("a proposal", () => {
  const propose = (asked: ReturnType<typeof call>) => readRule(proposeRule(asked));

  it.each<[string, ReturnType<typeof call>, RuleConditions]>([
    ["a command", run("git log --oneline -5"), { endpoint_id: "claude", kinds: ["execute"], command: ["git", "log", "--oneline", "-5"] }],
    ["a star in it", run("grep 'a*' x"), { endpoint_id: "claude", kinds: ["execute"], command: ["grep", "a\\*", "x"] }],
    ["an empty word", run("git commit -m ''"), { endpoint_id: "claude", kinds: ["execute"], command: ["git", "commit", "-m", ""] }],
    ["a shell in between", run(["bash", "-lc", "npm test"]), { endpoint_id: "claude", kinds: ["execute"], command: ["npm", "test"] }],
    ["a file", edit("src/a.ts"), { endpoint_id: "claude", kinds: ["edit"], tool: "Edit", path: "/work/app/src/a.ts" }],
    [
      "files of a folder",
      edit("src/a.ts", "src/x/b.ts"),
      { endpoint_id: "claude", kinds: ["edit"], tool: "Edit", path: "/work/app/src/**" },
    ],
    ["a host", fetching("Example.com"), { endpoint_id: "claude", kinds: ["fetch"], tool: "Fetch", host: "example.com" }],
    [
      "a program by its whole path",
      run("./deploy.sh now"),
      { endpoint_id: "claude", kinds: ["execute"], command: ["/work/deploy.sh", "now"] },
    ],
    [
      "a message where it is one of the words",
      call({ kind: "execute", input: { message: "do it" }, subject: { command: ["job", "--say=do it"] } }),
      { endpoint_id: "claude", kinds: ["execute"], command: ["job", "--say=do it"] },
    ],
    ["nothing else", call({ tool: "mcp__x*" }), { endpoint_id: "claude", tool: "mcp__x\\*" }],
  ])("names %s", (_, asked, when) => {
    const draft = proposeRule(asked);
    expect(draft).toEqual({ effect: "allow", scope: "mine", note: "", when });
    expect(matches(readRule(draft), asked)).toBe("yes");
  });

  it("matches no longer command and no other file", () => {
    expect(matches(propose(run("git status")), run("git status -s"))).toBe("no");
    expect(matches(propose(run("grep 'a*' x")), run("grep 'ab' x"))).toBe("no");
    expect(matches(propose(edit("/a/b")), edit("/a/c"))).toBe("no");
  });

  it("of a program in a folder holds for that program alone, however it is named", () => {
    const rule = propose(run("./deploy.sh"));
    const elsewhere = (command: string, cwd: string) => call({ kind: "execute", subject: { command, cwd } });
    expect(matches(rule, elsewhere("/work/deploy.sh", "/tmp"))).toBe("yes");
    expect(matches(rule, elsewhere("../deploy.sh", "/work/app"))).toBe("yes");
    expect(matches(rule, elsewhere("./deploy.sh", "/tmp"))).toBe("no");
    expect(matches(rule, elsewhere("cd /tmp; ./deploy.sh", "/work"))).toBe("no");
    expect(matches({ ...rule, effect: "deny" }, elsewhere("ls; sudo ./deploy.sh", "/work"))).toBe("yes");
  });

  it.each<[string, ReturnType<typeof call>, RegExp]>([
    ["expansions", run("rm $X"), /more than run commands with fixed words/],
    ["several commands", run("git add . && git commit"), /several different commands, and a rule allows one: git add \.; git commit$/],
    ["several long commands", run(`echo ${"x".repeat(400)} && git commit`), /: echo x{295}…$/],
    ["files anywhere", edit("/a/x", "/b/y"), /several folders/],
    ["files nobody can place", call({ subject: { paths: ["x"] } }), /which files it touches/],
    ["several hosts", fetching("a.org", "b.org"), /several hosts/],
    ["a plan", call({ plan: "p" }), /for a person to answer/],
    ["a program in no known folder", call({ kind: "execute", subject: { command: "./deploy.sh" } }), /folder that is not known/],
    ["a job that reads its message", call({ input: { message: "x" }, subject: { command: ["job"], cwd: "/w" } }), /every message/],
    ["a service", call({ kind: "fetch", input: { message: "x" }, subject: { hosts: ["a.org"] } }), /every message/],
    ["what was cut", call({ input_truncated: true }), /too long/],
  ])("is refused for %s", (_, asked, message) => {
    expect(() => proposeRule(asked)).toThrow(AppError);
    expect(() => proposeRule(asked)).toThrow(message);
  });
});
