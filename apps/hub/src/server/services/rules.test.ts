/** Rules on both databases: who may make which, what they decide the moment it is asked, and the rehearsal before that. */
import type { ApprovalRequested, RuleConditions, RuleEffect } from "@fairlead/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DIALECTS, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import type { UserPrincipal } from "../domain/principal.ts";
import type { RuntimeLink } from "./contract.ts";
import { AT_ONCE_PIECES } from "./pauses.ts";
import { createKit, type Kit, types } from "./test/kit.ts";

const OPTIONS: ApprovalRequested["options"] = [
  { id: "always", kind: "allow_always", label: "Always" },
  { id: "yes", kind: "allow_once", label: "Allow" },
  { id: "no", kind: "reject_once", label: "Reject" },
];

describe.each(DIALECTS)("rules on %s", (dialect) => {
  let databases: TestDatabases;
  let kit: Kit;
  let link: RuntimeLink;
  let session_id: string;

  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    kit = await createKit(dialect === "postgres" ? { dsn: await databases.createDsn() } : {});
    link = (await kit.connect()).link;
    session_id = (await kit.newSession(kit.ann)).id;
  });
  afterEach(() => kit.close());

  const ask = (approval_id: string, command: string, more: Partial<ApprovalRequested> & { session?: string } = {}) => {
    const { session = session_id, ...rest } = more;
    const request: ApprovalRequested = {
      type: "approval.requested",
      approval_id,
      tool: "Bash",
      title: command,
      kind: "execute",
      options: OPTIONS,
      input_hash: "a".repeat(64),
      subject: { command, cwd: "/work" },
      ...rest,
    };
    return kit.report(link, session, request);
  };
  const make = (effect: RuleEffect, when: RuleConditions, as: UserPrincipal = kit.ann, more: { scope?: "everyone"; note?: string } = {}) =>
    kit.call(as, "rules.create", { effect, when, ...more });
  const get = (approval_id: string, session = session_id) => kit.call(kit.admin, "approvals.get", { session_id: session, approval_id });

  it("answer in the transaction that stores the question: nobody is bothered", async () => {
    const rule = await make("allow", { command: ["git", "status", "**"] });
    const hints = kit.hints("approvals");
    const ranges = kit.hints(`session.${session_id}`);
    await ask("a-1", "git status --short");
    expect(await get("a-1")).toMatchObject({ state: "answered", option_id: "yes", option_kind: "allow_once", by: "ann", rule_id: rule.id });
    expect(types(await kit.events(session_id)).slice(-2)).toEqual(["approval.requested", "approval.resolved"]);
    const said = { effect: "allow", when: { command: ["git", "status", "**"] } };
    expect(await get("a-1")).toHaveProperty("rule", said);
    expect((await kit.events(session_id)).at(-1)).toMatchObject({
      rule_id: rule.id,
      rule: said,
      by: { id: kit.ann.user_id, name: "ann" },
    });
    expect(ranges).toHaveLength(1);
    expect(hints).toEqual([]);
    expect(await kit.commands(link)).toMatchObject([
      { kind: "approval.answer", approval_id: "a-1", option_id: "yes", input_hash: "a".repeat(64) },
    ]);
    const late = kit.call(kit.ann, "approvals.answer", { session_id, approval_id: "a-1", option_id: "no" });
    await expect(late).rejects.toMatchObject({ code: "CONFLICT", message: "a rule of ann answered this already: yes" });
  });

  it("deny with a reason, before ask, before allow; what none decides is asked", async () => {
    await make("allow", { kinds: ["execute"] });
    const deny = await make("deny", { command: ["rm", "**"] }, kit.ann, { note: "never delete" });
    await make("ask", { command: ["git", "push", "**"] });
    await ask("a-1", "ls");
    await ask("a-2", "ls; sudo rm -rf x");
    await ask("a-3", "git push origin");
    await ask("a-4", "$X");
    await ask("a-5", "ls", { kind: "other" });
    expect(await get("a-1")).toMatchObject({ state: "answered", option_id: "yes" });
    expect(await get("a-2")).toMatchObject({
      state: "answered",
      option_id: "no",
      reason: "denied by rule: never delete",
      rule_id: deny.id,
    });
    for (const id of ["a-3", "a-4", "a-5"]) expect(await get(id), id).toMatchObject({ state: "open" });
  });

  it("say in the log what they said then, unless that is very long", async () => {
    const rule = await make("deny", { command: ["rm", "**"] });
    await ask("a-1", "rm x");
    await kit.call(kit.ann, "rules.update", { rule_id: rule.id, draft: { effect: "allow", when: { tool: "Other" } } });
    await make("deny", { command: ["mv", "**", ...Array.from({ length: 5 }, () => "*".repeat(1_000))] });
    await ask("a-2", "mv a b c d e f");
    const said = (await kit.events(session_id)).filter((event) => event.type === "approval.resolved");
    expect(said.map((event) => event.rule)).toEqual([{ effect: "deny", when: { command: ["rm", "**"] } }, undefined]);
  });

  it("ask where the agent offers no such answer, and for questions and plans", async () => {
    await make("allow", { tool: "Bash" });
    await make("deny", { command: ["rm", "**"] });
    const lasting = OPTIONS.filter(({ kind }) => kind === "allow_always");
    await ask("a-1", "ls", { options: lasting });
    await ask("a-2", "rm x", { options: lasting });
    await ask("a-3", "ls", { plan: "# Plan" });
    await ask("a-4", "ls", { questions: [{ id: "q", question: "?", multiple: false, free_text: true, choices: [] }] });
    for (const id of ["a-1", "a-2", "a-3", "a-4"]) expect(await get(id), id).toMatchObject({ state: "open" });
  });

  it("are one's own, but for those an admin makes for everyone", async () => {
    const foreign = (await kit.newSession(kit.bob)).id;
    const own = await make("allow", { command: ["ls"] });
    await ask("b-1", "ls", { session: foreign });
    expect(await get("b-1", foreign)).toMatchObject({ state: "open" });
    await expect(make("deny", { command: ["rm"] }, kit.ann, { scope: "everyone" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    const all = await make("deny", { command: ["rm", "**"] }, kit.admin, { scope: "everyone" });
    await ask("b-2", "rm x", { session: foreign });
    await ask("a-1", "rm x");
    expect(await get("b-2", foreign)).toMatchObject({ state: "answered", rule_id: all.id, by: "root" });
    expect(await get("a-1")).toMatchObject({ state: "answered", rule_id: all.id });
    expect((await kit.call(kit.ann, "rules.list", {})).map(({ id }) => id).sort()).toEqual([own.id, all.id].sort());
    expect(await kit.call(kit.bob, "rules.list", {})).toEqual([all]);
    const update = (as: UserPrincipal, rule_id: string) => kit.call(as, "rules.update", { rule_id, enabled: false });
    await expect(update(kit.bob, own.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(update(kit.admin, own.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(update(kit.bob, all.id)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(kit.call(kit.bob, "rules.delete", { rule_id: own.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("hold from the moment they are made until they are switched off or removed", async () => {
    const rule = await make("allow", { command: ["ls"] });
    await ask("a-1", "ls");
    expect(await kit.call(kit.ann, "rules.update", { rule_id: rule.id, enabled: false })).toMatchObject({ enabled: false });
    await ask("a-2", "ls");
    const draft = { effect: "deny" as const, when: { command: ["ls"] }, note: "no" };
    await kit.call(kit.ann, "rules.update", { rule_id: rule.id, enabled: true, draft });
    await ask("a-3", "ls");
    await kit.call(kit.ann, "rules.delete", { rule_id: rule.id });
    await ask("a-4", "ls");
    const decided = await Promise.all(["a-1", "a-3", "a-4"].map(async (id) => (await get(id)).option_id));
    expect(decided).toEqual(["yes", "no", null]);
    await expect(kit.call(kit.ann, "rules.delete", { rule_id: rule.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await get("a-1")).toMatchObject({ rule_id: rule.id });
  });

  it("decide what is open already when they are made", async () => {
    await ask("a-1", "npm test");
    await ask("a-2", "npm publish");
    const foreign = (await kit.newSession(kit.bob)).id;
    await ask("b-1", "npm test", { session: foreign });
    const rule = await make("allow", { command: ["npm", "test"] });
    expect(await get("a-1")).toMatchObject({ state: "answered", rule_id: rule.id });
    expect(await get("a-2")).toMatchObject({ state: "open" });
    expect(await get("b-1", foreign)).toMatchObject({ state: "open" });
  });

  it("are known to a hub that was started again", async () => {
    await make("allow", { command: ["ls"] });
    const restarted = kit.restarted();
    const hello = { type: "runtime.hello" as const, protocol: [1], runtime_id: "r1", version: "1", endpoints: [], sessions: [] };
    const again = await restarted.runtimes.connect(hello, "runtime-one-secret");
    const request: ApprovalRequested = {
      type: "approval.requested",
      approval_id: "a-1",
      tool: "Bash",
      title: "ls",
      options: OPTIONS,
      subject: { command: "ls" },
    };
    await restarted.runtimes.ingest(again.link, { type: "events", session_id, stream: "s", from: 1, events: [request] });
    expect(await get("a-1")).toMatchObject({ state: "answered", option_id: "yes" });
  });

  it("are refused with unknown conditions or none, unknown endpoints and beyond their number", async () => {
    const broken = (input: unknown) => kit.services.execute("rules.create", kit.ann, input, { address: "" });
    for (const [input, message] of [
      [{ effect: "allow", when: {} }, /at least one condition/],
      [{ effect: "allow", when: { kinds: ["execute"], comand: ["ls"] } }, /comand/],
      [{ effect: "allow", when: { path: "relative" } }, /when\.path/],
      [{ effect: "allow", when: { path: "/a/../etc" } }, /when\.path/],
      [{ effect: "allow", when: { endpoint_id: "nothing" } }, /when\.endpoint_id/],
    ] as const) {
      await expect(broken(input)).rejects.toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(message) });
    }
  });

  it("are no more than 500 of one user, also when two are made at once", async () => {
    const row = { effect: "ask", scope: "mine", note: "", conditions: JSON.stringify({ tool: "x" }), createdAt: new Date(kit.time.now) };
    const rows = Array.from({ length: 499 }, (_, index) => ({ ...row, id: `rule-${index}`, userId: kit.ann.user_id }));
    await kit.db.prisma.rule.createMany({ data: rows });
    const made = await Promise.allSettled([make("ask", { tool: "a" }), make("ask", { tool: "b" })]);
    expect(made.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const more = make("ask", { tool: "c" });
    await expect(more).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", message: "you have 500 rules and may have 500; remove one first" });
    await make("ask", { tool: "c" }, kit.bob);
    await kit.call(kit.ann, "rules.delete", { rule_id: "rule-0" });
    await make("ask", { tool: "c" });
  });

  it("are proposed from a call, and the proposal allows just that", async () => {
    await ask("a-1", "git log -3");
    const draft = await kit.call(kit.ann, "approvals.propose_rule", { session_id, approval_id: "a-1" });
    expect(draft).toEqual({
      effect: "allow",
      scope: "mine",
      note: "",
      when: { endpoint_id: "bash", kinds: ["execute"], command: ["git", "log", "-3"] },
    });
    await kit.call(kit.ann, "rules.create", draft);
    expect(await get("a-1")).toMatchObject({ state: "answered", option_id: "yes" });
    await ask("a-2", "git log -4");
    expect(await get("a-2")).toMatchObject({ state: "open" });
    const none = kit.call(kit.ann, "approvals.propose_rule", { session_id, approval_id: "none" });
    await expect(none).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("are rehearsed on the last 30 days of what the caller may see, and change nothing", async () => {
    await ask("old", "ls");
    kit.time.now += 31 * 86_400_000;
    const foreign = (await kit.newSession(kit.bob)).id;
    await ask("b-1", "ls", { session: foreign });
    await ask("a-1", "ls");
    await ask("a-2", "ls; rm x");
    kit.time.now += 1_000;
    await ask("a-3", "ls");
    await kit.call(kit.ann, "approvals.answer", { session_id, approval_id: "a-3", option_id: "no" });
    await make("ask", { tool: "Other" });
    const rehearse = (as: UserPrincipal, when: RuleConditions, scope: "mine" | "everyone" = "mine") =>
      kit.call(as, "rules.rehearse", { draft: { effect: "allow", when, scope } });
    const mine = await rehearse(kit.ann, { command: ["ls"] });
    expect(mine).toMatchObject({ considered: 3, matched: 2 });
    expect(mine.calls.map(({ approval, effect }) => [approval.approval_id, approval.option_id, effect])).toEqual([
      ["a-3", "no", "allow"],
      ["a-1", null, "allow"],
    ]);
    expect(await rehearse(kit.admin, { command: ["ls"] }, "everyone")).toMatchObject({ considered: 4, matched: 3 });
    expect(await rehearse(kit.admin, { command: ["ls"] })).toMatchObject({ considered: 0, matched: 0 });
    await expect(rehearse(kit.ann, { command: ["ls"] }, "everyone")).rejects.toMatchObject({ code: "FORBIDDEN" });
    await make("deny", { command: ["ls"] });
    expect((await rehearse(kit.ann, { tool: "Bash" })).calls.map(({ effect }) => effect)).toEqual(["deny", "deny", "deny"]);
    expect(await kit.call(kit.ann, "rules.list", {})).toHaveLength(2);
  });

  it("are rehearsed without the text that they replace, and with what the agent can be told", async () => {
    await ask("a-1", "ls");
    await ask("a-2", "ls", { options: OPTIONS.filter(({ kind }) => kind !== "reject_once") });
    const rule = await make("deny", { command: ["ls"] });
    const draft = { effect: "allow" as const, when: { command: ["ls"] } };
    const effects = async (rule_id?: string) => {
      const { calls } = await kit.call(kit.ann, "rules.rehearse", { draft, ...(rule_id === undefined ? {} : { rule_id }) });
      return Object.fromEntries(calls.map(({ approval, effect }) => [approval.approval_id, effect]));
    };
    expect(await effects()).toEqual({ "a-1": "deny", "a-2": "ask" });
    expect(await effects(rule.id)).toEqual({ "a-1": "allow", "a-2": "allow" });
    const foreign = kit.call(kit.bob, "rules.rehearse", { draft, rule_id: rule.id });
    await expect(foreign).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  /** Asks a thousand times, two hundred and fifty in each of four sessions. */
  async function askOften(command: string): Promise<void> {
    for (let batch = 0; batch < 4; batch += 1) {
      const session = (await kit.newSession(kit.ann)).id;
      const requests = Array.from({ length: 250 }, (_, index) => ({
        type: "approval.requested" as const,
        approval_id: `a-${index}`,
        tool: "Bash",
        title: "ls",
        options: OPTIONS,
        subject: { command },
      }));
      await kit.report(link, session, ...requests);
    }
  }

  /** How many turns of the event loop others get while something is done, each with a piece of work. */
  async function turnsDuring(work: Promise<unknown>): Promise<number> {
    let turns = 0;
    let others = setImmediate(function piece() {
      turns += 1;
      others = setImmediate(piece);
    });
    await work;
    clearImmediate(others);
    return turns;
  }

  it("are rehearsed on many calls without holding anybody up", async () => {
    await askOften(`${"x".repeat(3_000)} && ls`);
    const rehearsal = kit.call(kit.ann, "rules.rehearse", { draft: { effect: "deny", when: { command: ["ls"] } } });
    expect(await turnsDuring(rehearsal)).toBeGreaterThanOrEqual(1_000 / AT_ONCE_PIECES);
    expect(await rehearsal).toMatchObject({ considered: 1_000 });
  });

  it("decide many open questions without holding anybody up", async () => {
    await askOften(`${"x".repeat(3_000)} && ls`);
    const turns = await turnsDuring(make("deny", { command: ["ls"] }));
    expect(await kit.db.prisma.approval.count({ where: { state: "answered" } })).toBe(500);
    expect(turns).toBeGreaterThanOrEqual(500 / AT_ONCE_PIECES);
  });
});
