/** Approvals on both databases: one row each, answered once, told to everybody, lost by nobody. */
import type { ApprovalRequested, OperationArguments } from "@fairlead/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DIALECTS, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import type { HelloFrame, RuntimeLink } from "./contract.ts";
import { createKit, type Kit, TOKEN, types } from "./test/kit.ts";

const OPTIONS: ApprovalRequested["options"] = [
  { id: "yes", kind: "allow_once", label: "Allow" },
  { id: "no", kind: "reject_once", label: "Reject" },
  { id: "never", kind: "reject_always", label: "Never" },
];
const HASH = "a".repeat(64);

describe.each(DIALECTS)("approvals on %s", (dialect) => {
  let databases: TestDatabases;
  let kit: Kit;
  let link: RuntimeLink;
  let session_id: string;
  let turn_id: string;

  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());
  beforeEach(() => open());
  afterEach(() => kit.close());

  async function open(session: object = {}): Promise<void> {
    const dsn = dialect === "postgres" ? { dsn: await databases.createDsn() } : {};
    kit = await createKit({ ...dsn, session });
    link = (await kit.connect()).link;
    session_id = (await kit.newSession(kit.ann, { title: "Work" })).id;
    ({ turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "go" }));
    await kit.report(link, session_id, { type: "turn.started", turn_id });
  }

  const ask = (approval_id: string, more: Partial<ApprovalRequested> = {}) =>
    kit.report(link, session_id, {
      type: "approval.requested",
      turn_id,
      approval_id,
      tool: "Bash",
      title: "ls",
      kind: "execute",
      options: OPTIONS,
      input_hash: HASH,
      ...more,
    });
  const answer = (approval_id: string, option_id: string, more: Partial<OperationArguments<"approvals.answer">> = {}) =>
    kit.call(kit.ann, "approvals.answer", { session_id, approval_id, option_id, ...more });
  const get = (approval_id: string) => kit.call(kit.ann, "approvals.get", { session_id, approval_id });
  const answerCommands = async () => (await kit.commands(link)).filter((command) => command.kind === "approval.answer");
  const acknowledge = async (state: "applied" | "failed", error?: string) => {
    const [command] = await answerCommands();
    const more = error === undefined ? {} : { error };
    await kit.services.runtimes.acknowledge(link, { type: "command.ack", id: command?.id ?? "", state, ...more });
  };

  it("have a row with all that was asked, for their owner and for admins", async () => {
    await ask("a-1", { input: { command: "ls\0" }, subject: { command: "ls", cwd: "/work" } });
    const row = await get("a-1");
    expect(row).toMatchObject({
      session_id,
      approval_id: "a-1",
      session_title: "Work",
      user_id: kit.ann.user_id,
      endpoint_id: "bash",
      endpoint_name: "The bash",
      runtime_name: "Runtime one",
      turn_id,
      state: "open",
      applied: false,
      request: { tool: "Bash", input: { command: "ls\0" }, subject: { command: "ls", cwd: "/work" }, options: OPTIONS },
      requested_at: new Date(kit.time.now).toISOString(),
      expires_at: null,
      resolved_at: null,
      by: null,
    });
    expect(await kit.call(kit.ann, "approvals.list", { state: "open" })).toEqual([row]);
    expect(await kit.call(kit.bob, "approvals.list", {})).toEqual([]);
    expect(await kit.call(kit.admin, "approvals.list", {})).toEqual([]);
    expect(await kit.call(kit.admin, "approvals.list", { scope: "all" })).toEqual([row]);
    await expect(kit.call(kit.bob, "approvals.list", { scope: "all" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await kit.call(kit.ann, "approvals.count", {})).toEqual({ open: 1 });
    expect(await kit.call(kit.admin, "approvals.count", {})).toEqual({ open: 0 });
    expect(await kit.call(kit.admin, "approvals.count", { scope: "all" })).toEqual({ open: 1 });
    await expect(kit.call(kit.bob, "approvals.count", { scope: "all" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(get("a-2")).rejects.toMatchObject({ code: "NOT_FOUND", message: "there is no such approval" });
  });

  it("are listed the newest first, in pages", async () => {
    for (const id of ["a-1", "a-2", "a-3"]) {
      kit.time.now += 1_000;
      await ask(id);
    }
    const page = async (limit: number, offset: number) =>
      (await kit.call(kit.ann, "approvals.list", { limit, offset })).map(({ approval_id }) => approval_id);
    expect(await page(2, 0)).toEqual(["a-3", "a-2"]);
    expect(await page(2, 2)).toEqual(["a-1"]);
  });

  it("are told by a hint to their owner and to admins, when they open and when they close", async () => {
    const mine = kit.hints(`user.${kit.ann.user_id}`);
    const everybody = kit.hints("approvals");
    const hint = { topic: "approvals", id: session_id };
    await ask("a-1");
    expect(mine).toContainEqual(hint);
    expect(everybody).toEqual([{ session_id }]);
    await answer("a-1", "yes");
    expect(mine.filter((message) => JSON.stringify(message) === JSON.stringify(hint))).toHaveLength(2);
    await kit.report(link, session_id, { type: "message.delta", turn_id, kind: "answer", text: "x" });
    expect(everybody).toHaveLength(2);
  });

  it("are answered with a reason; the row, the event and the command say the same", async () => {
    await ask("a-1");
    kit.time.now += 5_000;
    await answer("a-1", "no", { reason: "not here", input_hash: HASH });
    expect(await get("a-1")).toMatchObject({
      state: "answered",
      option_id: "no",
      option_kind: "reject_once",
      reason: "not here",
      by: "ann",
      applied: false,
      resolved_at: new Date(kit.time.now).toISOString(),
    });
    expect((await kit.events(session_id)).at(-1)).toMatchObject({
      type: "approval.resolved",
      option_kind: "reject_once",
      reason: "not here",
      by: { name: "ann" },
      turn_id,
    });
    expect(await answerCommands()).toMatchObject([{ approval_id: "a-1", option_id: "no", reason: "not here", input_hash: HASH }]);
    await kit.report(link, session_id, { type: "approval.applied", approval_id: "a-1", turn_id });
    expect(await get("a-1")).toMatchObject({ state: "answered", applied: true });
  });

  it("may be answered by an admin, too; of two at once one wins and the other learns who", async () => {
    await ask("a-1");
    const attempts = await Promise.allSettled([
      answer("a-1", "yes"),
      kit.call(kit.admin, "approvals.answer", { session_id, approval_id: "a-1", option_id: "no" }),
    ]);
    expect(attempts.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [lost] = attempts.filter((attempt) => attempt.status === "rejected");
    const { by, option_id } = await get("a-1");
    expect(lost?.reason).toMatchObject({ code: "CONFLICT", message: `${by} answered this already: ${option_id}` });
    expect(await answerCommands()).toHaveLength(1);
    await expect(kit.call(kit.bob, "approvals.answer", { session_id, approval_id: "a-1", option_id: "no" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("are bound to what was shown", async () => {
    await ask("a-1");
    await expect(answer("a-1", "yes", { input_hash: "b".repeat(64) })).rejects.toMatchObject({
      code: "CONFLICT",
      message: /asks for something else now/,
    });
    expect(await get("a-1")).toMatchObject({ state: "open" });
    kit.time.now += 1_000;
    await ask("a-1", { title: "rm", input_hash: "b".repeat(64) });
    await expect(answer("a-1", "yes", { input_hash: HASH })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await get("a-1")).toMatchObject({ state: "open", request: { title: "rm" } });
    await answer("a-1", "yes", { input_hash: "b".repeat(64) });
  });

  it("with questions need an answer to each that the question offers", async () => {
    const choices = [{ label: "red" }, { label: "blue" }];
    await ask("a-1", {
      questions: [
        { id: "one", question: "Which?", multiple: false, free_text: false, choices },
        { id: "many", question: "Which ones?", multiple: true, free_text: false, choices },
        { id: "text", question: "Why?", multiple: false, free_text: true, choices: [] },
      ],
    });
    const good = { one: ["red"], many: ["red", "blue"], text: ["because"] };
    const attempts: [Record<string, string[]> | undefined, RegExp][] = [
      [undefined, /"one" needs an answer/],
      [{ ...good, text: [" "] }, /"text" needs an answer/],
      [{ ...good, one: ["red", "blue"] }, /"one" takes one answer/],
      [{ ...good, many: ["green"] }, /"many" offers red, blue/],
      [{ ...good, more: ["x"] }, /there is no question "more"/],
    ];
    for (const [answers, message] of attempts) {
      const attempt = answer("a-1", "yes", answers === undefined ? {} : { answers });
      await expect(attempt).rejects.toMatchObject({ code: "INVALID_INPUT", message });
    }
    await expect(answer("a-1", "no", { answers: good })).rejects.toMatchObject({ code: "INVALID_INPUT", message: /takes no answers/ });
    await answer("a-1", "yes", { answers: good });
    expect(await get("a-1")).toMatchObject({ answers: good });
    expect(await answerCommands()).toMatchObject([{ answers: good }]);
    await ask("a-2");
    await expect(answer("a-2", "yes", { answers: good })).rejects.toMatchObject({ message: /has no questions/ });
  });

  it("answered while the runtime is away wait for it, over a restart of the hub", async () => {
    await ask("a-1");
    await kit.services.runtimes.disconnected(link);
    const restarted = kit.restarted();
    expect(await restarted.execute("approvals.list", kit.ann, { state: "open" }, { address: "" })).toMatchObject([{ approval_id: "a-1" }]);
    await restarted.execute("approvals.answer", kit.ann, { session_id, approval_id: "a-1", option_id: "yes" }, { address: "" });
    const hello: HelloFrame = {
      type: "runtime.hello",
      protocol: [1],
      runtime_id: "r1",
      version: "1",
      endpoints: [],
      sessions: [{ session_id, stream: "stream-1", next_ordinal: 3 }],
    };
    const again = await restarted.runtimes.connect(hello, TOKEN);
    const pending = (await restarted.runtimes.pending(again.link, 0)).map(({ command }) => command);
    expect(pending).toContainEqual(expect.objectContaining({ kind: "approval.answer", approval_id: "a-1", option_id: "yes" }));
  });

  it("whose answer cannot be handed on are superseded, once, and say why", async () => {
    await ask("a-1");
    await answer("a-1", "yes");
    await acknowledge("failed", "the agent has gone on");
    await acknowledge("failed", "the agent has gone on");
    expect(await get("a-1")).toMatchObject({
      state: "superseded",
      option_id: "yes",
      by: "ann",
      reason: "the agent has gone on",
      applied: false,
    });
    const log = types(await kit.events(session_id));
    expect(log.filter((type) => type === "approval.superseded")).toHaveLength(1);
    await ask("a-2");
    await answer("a-2", "yes");
    await kit.report(link, session_id, { type: "approval.applied", approval_id: "a-2", turn_id });
    await kit.report(link, session_id, { type: "approval.superseded", approval_id: "a-2", reason: "late", turn_id });
    expect(await get("a-2")).toMatchObject({ state: "answered", applied: true });
  });

  it("are withdrawn by their agent, the end of their turn, the end of their session and a runtime without memory", async () => {
    await ask("a-1");
    await kit.report(link, session_id, { type: "approval.withdrawn", turn_id, approval_id: "a-1", reason: "went on" });
    expect(await get("a-1")).toMatchObject({ state: "withdrawn", reason: "went on" });
    await ask("a-2");
    await kit.report(link, session_id, { type: "turn.completed", turn_id, stop_reason: "cancelled" });
    expect(await get("a-2")).toMatchObject({ state: "withdrawn", reason: "its turn has ended" });
    ({ turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "again" }));
    await kit.report(link, session_id, { type: "turn.started", turn_id });
    await ask("a-3");
    await kit.connect({ sessions: [] });
    expect(await get("a-3")).toMatchObject({ state: "withdrawn", reason: /without any memory/ });
    link = (await kit.connect({ sessions: [{ session_id, stream: "stream-1", next_ordinal: 9 }] })).link;
    const outside = { type: "approval.requested", approval_id: "a-4", tool: "Bash", title: "ls", options: OPTIONS } as const;
    await kit.report(link, session_id, outside);
    await kit.call(kit.ann, "sessions.close", { session_id });
    expect(await get("a-4")).toMatchObject({ state: "withdrawn", reason: "the session was closed" });
    expect(await kit.call(kit.admin, "approvals.list", { scope: "all", state: "open" })).toEqual([]);
    expect(await kit.call(kit.admin, "approvals.count", { scope: "all" })).toEqual({ open: 0 });
  });

  it("answered when the agent had just stopped waiting are superseded", async () => {
    await ask("a-1");
    await answer("a-1", "yes");
    await kit.report(link, session_id, { type: "approval.withdrawn", turn_id, approval_id: "a-1", reason: "the agent was restarted" });
    expect(await get("a-1")).toMatchObject({ state: "superseded", reason: "the agent was restarted", by: "ann" });
  });

  it("nobody answers in time are refused, never allowed; without a deadline they wait", async () => {
    await ask("a-1");
    kit.time.now += 365 * 86_400_000;
    await kit.services.sweep(kit.time.now);
    expect(await get("a-1")).toMatchObject({ state: "open", expires_at: null });
    await kit.close();
    await open({ approval_expiry: "10m" });
    await ask("a-1");
    await ask("a-2", { options: [{ id: "ok", kind: "allow_once", label: "OK" }] });
    expect(await get("a-1")).toMatchObject({ expires_at: new Date(kit.time.now + 600_000).toISOString() });
    expect(await get("a-2")).toMatchObject({ expires_at: null });
    await kit.services.sweep(kit.time.now + 599_999);
    expect(await get("a-1")).toMatchObject({ state: "open" });
    kit.time.now += 600_000;
    await kit.services.sweep(kit.time.now);
    expect(await get("a-1")).toMatchObject({ state: "expired", option_id: "no", option_kind: "reject_once", by: "system" });
    expect(await get("a-2")).toMatchObject({ state: "open" });
    expect(await answerCommands()).toMatchObject([{ approval_id: "a-1", option_id: "no", reason: "nobody answered in time" }]);
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "approval.resolved", expired: true });
    await expect(answer("a-1", "yes")).rejects.toMatchObject({ code: "CONFLICT", message: "nobody answered in time" });
  });

  it("that cannot be refused keep no others from being refused in time", async () => {
    await kit.close();
    await open({ approval_expiry: "10m" });
    await ask("a-1", { options: [{ id: "ok", kind: "allow_once", label: "OK" }] });
    const row = await kit.db.prisma.approval.findFirstOrThrow();
    // As they were stored before: with a deadline.
    const rows = Array.from({ length: 500 }, (_, index) => ({ ...row, approvalId: `old-${index}`, expiresAt: row.requestedAt }));
    await kit.db.prisma.approval.createMany({ data: rows });
    await ask("a-2");
    kit.time.now += 600_000;
    await kit.services.sweep(kit.time.now);
    await kit.services.sweep(kit.time.now);
    expect(await get("a-2")).toMatchObject({ state: "expired" });
    expect(await get("old-0")).toMatchObject({ state: "open", expires_at: null });
  });

  it("beyond 256 open ones of a session are refused, also where nothing that they offer says no", async () => {
    const more = (from: number, count: number, options: typeof OPTIONS) =>
      kit.report(
        link,
        session_id,
        ...Array.from({ length: count }, (_, index) => ({
          type: "approval.requested" as const,
          turn_id,
          approval_id: `a-${from + index}`,
          tool: "Bash",
          title: "ls",
          options,
        })),
      );
    await more(1, 200, OPTIONS);
    await more(201, 57, OPTIONS);
    await more(258, 1, [{ id: "ok", kind: "allow_once", label: "OK" }]);
    const reason = "256 questions of this session wait for an answer already";
    expect(await get("a-256")).toMatchObject({ state: "open" });
    expect(await get("a-257")).toMatchObject({ state: "answered", option_id: "no", by: "system", reason });
    expect(await get("a-258")).toMatchObject({ state: "answered", option_id: "", option_kind: "reject_once", by: "system", reason });
    expect(await answerCommands()).toMatchObject([
      { approval_id: "a-257", option_id: "no", reason },
      { approval_id: "a-258", option_id: "", reason },
    ]);
    await answer("a-1", "yes");
    await more(259, 1, OPTIONS);
    expect(await get("a-259")).toMatchObject({ state: "open" });
  });

  it("older than their rows can be answered all the same", async () => {
    await ask("a-1");
    await kit.db.prisma.approval.deleteMany({});
    await answer("a-1", "yes");
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "approval.resolved", option_id: "yes" });
    expect(await kit.call(kit.ann, "approvals.list", {})).toEqual([]);
    await expect(answer("a-1", "no")).rejects.toMatchObject({ message: "ann answered this already: yes" });
  });

  it("go with their session", async () => {
    await ask("a-1");
    await kit.call(kit.ann, "sessions.close", { session_id });
    await kit.db.log.purge({ before: kit.time.now + 1, limit: 10 });
    expect(await kit.db.prisma.approval.count()).toBe(0);
  });
});
