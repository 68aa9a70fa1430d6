/** Terminals as sessions: opened, driven, shared and ended through the funnel, with the log as the truth. */
import type { OperationArguments, RuntimeCommand } from "@fairlead/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DIALECTS, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import type { UserPrincipal } from "../domain/principal.ts";
import type { RequestFrame, RuntimeLink } from "./contract.ts";
import { CAPABILITIES, createKit, type Kit, offer, types } from "./test/kit.ts";

let kit: Kit;
let link: RuntimeLink;
let newDsn: () => Promise<{ dsn?: string }> = async () => ({});

const ENDPOINTS = [
  offer("bash"),
  offer("shell", { profile: "terminal", capabilities: { ...CAPABILITIES, terminal: "only" } }),
  offer("claude", { profile: "claude-code", capabilities: { ...CAPABILITIES, terminal: "also" } }),
];

async function start(options: Parameters<typeof createKit>[0] = {}): Promise<void> {
  kit = await createKit({ ...(await newDsn()), ...options });
  ({ link } = await kit.connect({ endpoints: ENDPOINTS }));
}

const open = (as: UserPrincipal = kit.ann, input: Partial<OperationArguments<"terminals.open">> = {}) =>
  kit.call(as, "terminals.open", input.session_id === undefined ? { endpoint_id: "shell", ...input } : input);

async function opening(): Promise<Extract<RuntimeCommand, { kind: "terminal.open" }>> {
  const command = (await kit.commands(link)).find(({ kind }) => kind === "terminal.open");
  if (command?.kind !== "terminal.open") throw new Error("no terminal.open waits");
  return command;
}

/** Opens a terminal as the runtime does; resolves with its session and its run. */
async function opened(as: UserPrincipal = kit.ann): Promise<{ session_id: string; terminal_id: string }> {
  const { id: session_id } = await open(as);
  const { id, terminal_id } = await opening();
  await run(session_id, terminal_id);
  await kit.services.runtimes.acknowledge(link, { type: "command.ack", id, state: "applied" });
  return { session_id, terminal_id };
}

const run = (session_id: string, terminal_id: string) =>
  kit.report(link, session_id, { type: "terminal.opened", terminal_id, command: ["sh"], work_dir: "/", cols: 80, rows: 24 });

const terminalOf = async (session_id: string) => (await kit.db.log.session(session_id))?.state.terminal;

/** Answers requests of this runtime as `answer` says. */
function answering(answer: (frame: RequestFrame) => object | undefined): RequestFrame[] {
  const asked: RequestFrame[] = [];
  kit.services.runtimes.attach(link, (frame) => {
    asked.push(frame);
    const said = answer(frame);
    if (said !== undefined) queueMicrotask(() => kit.services.runtimes.respond(link, { type: "response", id: frame.id, ...said }));
  });
  return asked;
}

describe.each(DIALECTS)("on %s", (dialect) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await startDatabases(dialect);
    newDsn = async () => (dialect === "postgres" ? { dsn: await databases.createDsn() } : {});
  });
  afterAll(() => databases.stop());
  beforeEach(() => start());
  afterEach(() => kit.close());

  describe("opening", () => {
    it("writes the session, the request and the command at once", async () => {
      const told = kit.hints("runtime.r1");
      const session = await open(kit.ann, { title: "deploys", cols: 132, rows: 43, record: true });
      expect(session).toMatchObject({ kind: "terminal", title: "deploys", state: "queued", profile: "terminal", unread: false });
      const [created, requested, ...others] = await kit.events(session.id);
      expect(created).toMatchObject({ type: "session.created", terminal: true, title: "deploys", by: { name: "ann" } });
      expect(requested).toMatchObject({ type: "terminal.requested", cols: 132, rows: 43, by: { name: "ann" } });
      expect(others).toEqual([]);
      const command = await opening();
      expect(command).toMatchObject({ session_id: session.id, endpoint_id: "shell", cols: 132, rows: 43, record: true });
      expect(await terminalOf(session.id)).toMatchObject({ state: "opening", terminal_id: command.terminal_id });
      expect(told).toHaveLength(1);
    });

    it("leaves record to the endpoint's config unless somebody said so, and takes the endpoint's name for a title", async () => {
      const session = await open();
      expect(session.title).toBe("The shell");
      expect("record" in (await opening())).toBe(false);
    });

    it("also opens an agent's own program where the endpoint lets it", async () => {
      expect(await open(kit.ann, { endpoint_id: "claude" })).toMatchObject({ kind: "terminal", profile: "claude-code" });
      await expect(open(kit.ann, { endpoint_id: "bash" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: /does not open in a terminal/,
      });
      await expect(open(kit.ann, { endpoint_id: "nothing" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("wants either an endpoint or a session, and a size that a terminal may have", async () => {
      for (const input of [{}, { endpoint_id: "shell", session_id: "s" }]) {
        await expect(kit.call(kit.ann, "terminals.open", input)).rejects.toMatchObject({ code: "INVALID_INPUT", message: /either/ });
      }
      for (const size of [0, 10_000]) await expect(open(kit.ann, { cols: size, rows: size })).rejects.toThrow(/cols/);
    });

    it("counts as one of the user's open sessions", async () => {
      await kit.close();
      await start({ session: { max_per_user: 1 } });
      await open();
      await expect(open()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    });

    it("runs the program again in a session whose program has ended, and only then", async () => {
      const { session_id, terminal_id } = await opened();
      await expect(open(kit.ann, { session_id })).rejects.toMatchObject({ code: "CONFLICT", message: /open already/ });
      await kit.report(link, session_id, { type: "terminal.closed", terminal_id, reason: "exit", exit_code: 0 });
      expect(await open(kit.ann, { session_id, cols: 100 })).toMatchObject({ id: session_id, state: "queued" });
      await expect(open(kit.ann, { session_id })).rejects.toMatchObject({ code: "CONFLICT", message: /opening already/ });
      const again = await opening();
      expect(again.terminal_id).not.toBe(terminal_id);
      expect(again).toMatchObject({ session_id, cols: 100, rows: 24 });
      const chat = await kit.newSession(kit.ann);
      await expect(open(kit.ann, { session_id: chat.id })).rejects.toMatchObject({ code: "CONFLICT", message: /is a chat/ });
      await expect(open(kit.bob, { session_id })).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(open(kit.admin, { session_id })).rejects.toMatchObject({ code: "FORBIDDEN" });
    });

    it("leaves chats to chats and terminals to terminals", async () => {
      await expect(kit.newSession(kit.ann, { endpoint_id: "shell" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: /terminals\.open/,
      });
      expect(await kit.newSession(kit.ann, { endpoint_id: "claude" })).toMatchObject({ kind: "chat" });
      const { session_id } = await opened();
      await expect(kit.call(kit.ann, "messages.send", { session_id, content: "ls" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: /type into it/,
      });
      const chat = (await kit.newSession(kit.ann)).id;
      for (const refused of [
        () => kit.call(kit.ann, "terminals.close", { session_id: chat }),
        () => kit.call(kit.ann, "terminals.screen", { session_id: chat }),
        () => kit.call(kit.ann, "terminals.record", { session_id: chat, on: true }),
        () => kit.call(kit.ann, "terminals.share", { session_id: chat, username: "bob" }),
      ]) {
        await expect(refused()).rejects.toMatchObject({ code: "CONFLICT", message: /is a chat/ });
      }
      expect((await kit.call(kit.ann, "sessions.list", {})).map(({ kind }) => kind).sort()).toEqual(["chat", "chat", "terminal"]);
    });
  });

  describe("the end", () => {
    it("is one path with sessions.close, and a command still waiting is not sent", async () => {
      const first = await opened();
      expect(await kit.call(kit.ann, "terminals.close", first)).toEqual({ status: "closed" });
      expect(await kit.call(kit.ann, "sessions.close", first)).toEqual({ status: "already_closed" });
      expect(await terminalOf(first.session_id)).toMatchObject({ state: "closed", end: "close" });
      const { id: session_id } = await open();
      await kit.call(kit.ann, "sessions.close", { session_id });
      expect((await kit.commands(link)).map(({ kind }) => kind)).toEqual(["session.close", "session.close"]);
      await expect(open(kit.ann, { session_id })).rejects.toMatchObject({ code: "CONFLICT", message: /closed; open a new one/ });
      await kit.report(link, first.session_id, { ...first, type: "terminal.closed", reason: "close", exit_code: 129, signal: "SIGHUP" });
      expect(await terminalOf(first.session_id)).toMatchObject({ exit_code: 129, signal: "SIGHUP" });
    });

    it("stands in the log when the runtime refuses to open it, once", async () => {
      const { id: session_id } = await open();
      const { id, terminal_id } = await opening();
      const refusal = { type: "command.ack", id, state: "failed", error: "too many sessions" } as const;
      await kit.services.runtimes.acknowledge(link, refusal);
      await kit.services.runtimes.acknowledge(link, refusal);
      expect((await kit.events(session_id)).slice(2)).toMatchObject([
        { type: "terminal.closed", terminal_id, reason: "failed", error: "too many sessions" },
      ]);
      expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "idle" });
    });

    it("comes when the runtime did not return in time, and what it may have taken is ended", async () => {
      await kit.close();
      await start({ session: { message_expiry: "10m" } });
      const { id: session_id } = await open();
      const { terminal_id } = await opening();
      kit.time.now += 601_000;
      await kit.services.sweep(kit.time.now);
      expect((await kit.events(session_id)).slice(2)).toMatchObject([{ type: "terminal.closed", terminal_id, reason: "failed" }]);
      expect((await kit.commands(link)).map(({ kind }) => kind)).toEqual(["session.close"]);
    });

    it("leaves an open terminal alone however idle, suspends one that ended, and wakes it when it is opened again", async () => {
      const { session_id, terminal_id } = await opened();
      kit.time.now += 86_400_000;
      await kit.services.sweep(kit.time.now);
      expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "running" });
      await kit.report(link, session_id, { type: "terminal.closed", terminal_id, reason: "exit", exit_code: 0 });
      kit.time.now += 86_400_000;
      await kit.services.sweep(kit.time.now);
      expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "closed", closed_reason: "idle" });
      expect(await open(kit.ann, { session_id })).toMatchObject({ state: "queued", closed_reason: null });
      expect(types(await kit.events(session_id)).slice(-2)).toEqual(["session.reopened", "terminal.requested"]);
    });

    it("is lost with a runtime that comes back without any memory of it, but not while its command still waits", async () => {
      const gone = await opened();
      const { id: waiting } = await open(kit.bob);
      const { id: told } = await open(kit.admin);
      const commands = await kit.commands(link);
      const applied = commands.find(({ session_id, kind }) => session_id === told && kind === "terminal.open")?.id ?? "";
      await kit.services.runtimes.acknowledge(link, { type: "command.ack", id: applied, state: "applied" });
      await kit.services.runtimes.disconnected(link);
      ({ link } = await kit.connect({ endpoints: ENDPOINTS }));
      expect(await terminalOf(gone.session_id)).toMatchObject({ state: "closed", end: "lost" });
      expect(await terminalOf(told)).toMatchObject({ state: "closed", end: "lost" });
      expect(await terminalOf(waiting)).toMatchObject({ state: "opening" });
      await kit.services.runtimes.disconnected(link);
      await kit.connect({ endpoints: ENDPOINTS, sessions: [{ session_id: waiting, stream: "x", next_ordinal: 1 }] });
      expect(await terminalOf(waiting)).toMatchObject({ state: "opening" });
    });

    it("is put right for the run that was asked about alone", async () => {
      const first = await opened();
      await kit.services.runtimes.terminalLost(link, { ...first, terminal_id: "another" });
      expect(await terminalOf(first.session_id)).toMatchObject({ state: "open" });
      await kit.services.runtimes.terminalLost(link, first);
      await kit.services.runtimes.terminalLost(link, first);
      expect(types(await kit.events(first.session_id)).filter((type) => type === "terminal.closed")).toHaveLength(1);
      expect(await terminalOf(first.session_id)).toMatchObject({ state: "closed", end: "lost" });
      const stale = { ...link, epoch: link.epoch - 1 };
      await expect(kit.services.runtimes.terminalLost(stale, first)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });

  describe("recording", () => {
    it("is asked of a running terminal by its owner; a refusal is a notice", async () => {
      const { session_id, terminal_id } = await opened();
      await expect(kit.call(kit.admin, "terminals.record", { session_id, on: true })).rejects.toMatchObject({ code: "FORBIDDEN" });
      expect(await kit.call(kit.ann, "terminals.record", { session_id, on: true })).toEqual({ status: "requested" });
      const [command] = await kit.commands(link);
      expect(command).toMatchObject({ kind: "terminal.record", session_id, on: true });
      await kit.services.runtimes.acknowledge(link, { type: "command.ack", id: command?.id ?? "", state: "failed", error: "disk full" });
      expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "notice", text: "The recording did not begin: disk full" });
      await kit.report(link, session_id, { type: "terminal.closed", terminal_id, reason: "exit" });
      await expect(kit.call(kit.ann, "terminals.record", { session_id, on: true })).rejects.toMatchObject({ code: "CONFLICT" });
    });
  });

  describe("sharing", () => {
    const share = (session_id: string, username = "bob") => kit.call(kit.ann, "terminals.share", { session_id, username });

    it("lets a named user read and nothing else, until it is taken back, and is told at once both times", async () => {
      const { session_id } = await opened();
      const open_ = () => kit.services.events.open(kit.bob, session_id);
      const watch = () => kit.services.terminals.watch(kit.bob, session_id);
      await expect(open_()).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(watch()).rejects.toMatchObject({ code: "NOT_FOUND" });
      const [access, lists] = [kit.hints("access.u-bob"), kit.hints("user.u-bob")];
      const shares = await share(session_id, "BOB");
      expect(shares).toEqual([{ user_id: "u-bob", username: "bob", since: "2026-01-02T03:04:05.000Z" }]);
      expect(await share(session_id)).toEqual(shares);
      expect(await kit.call(kit.ann, "terminals.shares", { session_id })).toEqual(shares);
      expect(await kit.call(kit.admin, "terminals.shares", { session_id })).toEqual(shares);
      expect(access).toEqual([{ session_id }]);
      expect(lists).toEqual([{ topic: "sessions", id: session_id }]);
      expect(await open_()).toBe(3);
      expect(await watch()).toMatchObject({ runtime_id: "r1", may_hold: false });
      expect(await kit.call(kit.bob, "sessions.get", { session_id })).toMatchObject({ id: session_id, user_id: "u-ann" });
      expect((await kit.call(kit.bob, "events.list", { session_id })).events).toHaveLength(3);
      for (const refused of [
        () => kit.call(kit.bob, "terminals.write", { session_id, data: "x" }),
        () => kit.call(kit.bob, "terminals.record", { session_id, on: true }),
        () => kit.call(kit.bob, "terminals.close", { session_id }),
        () => kit.call(kit.bob, "terminals.share", { session_id, username: "root" }),
        () => kit.call(kit.bob, "terminals.unshare", { session_id, user_id: "u-bob" }),
        () => kit.call(kit.bob, "terminals.shares", { session_id }),
        () => kit.call(kit.bob, "terminals.open", { session_id }),
        () => kit.call(kit.bob, "sessions.close", { session_id }),
        () => kit.call(kit.bob, "sessions.rename", { session_id, title: "mine" }),
        () => kit.call(kit.bob, "sessions.read", { session_id, seq: 1 }),
        () => kit.call(kit.bob, "messages.send", { session_id, content: "x" }),
      ]) {
        await expect(refused()).rejects.toMatchObject({ code: "FORBIDDEN" });
      }
      expect(await kit.call(kit.bob, "sessions.list", {})).toEqual([]);
      expect(await kit.call(kit.ann, "terminals.unshare", { session_id, user_id: "u-bob" })).toEqual([]);
      expect(access).toHaveLength(2);
      await expect(open_()).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(watch()).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(await kit.call(kit.ann, "terminals.unshare", { session_id, user_id: "u-bob" })).toEqual([]);
      expect(access).toHaveLength(2);
    });

    it("says what is wrong with a share, and is the owner's alone", async () => {
      const { session_id } = await opened();
      await expect(share(session_id, "ann")).rejects.toMatchObject({ code: "CONFLICT", message: /yours already/ });
      await expect(share(session_id, "nobody")).rejects.toMatchObject({ code: "NOT_FOUND", message: /no user "nobody"/ });
      await expect(kit.call(kit.admin, "terminals.share", { session_id, username: "bob" })).rejects.toMatchObject({ code: "FORBIDDEN" });
      await expect(kit.call(kit.bob, "terminals.share", { session_id, username: "bob" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("lists the caller's terminals and those shared with the caller, while they are open", async () => {
      const mine = await opened();
      await opened(kit.bob);
      await share(mine.session_id);
      const list = await kit.call(kit.bob, "terminals.list", {});
      expect(list.map(({ owner, shared }) => [owner, shared]).sort()).toEqual([
        ["ann", true],
        ["bob", false],
      ]);
      expect(list.find(({ shared }) => shared)).toMatchObject({ session: { id: mine.session_id }, terminal: { state: "open" } });
      expect((await kit.call(kit.ann, "terminals.list", {})).map(({ shared }) => shared)).toEqual([false]);
      expect(await kit.call(kit.admin, "terminals.list", {})).toEqual([]);
      await kit.call(kit.ann, "terminals.close", mine);
      expect(await kit.call(kit.bob, "terminals.list", {})).toHaveLength(1);
      expect(await kit.call(kit.ann, "terminals.list", {})).toEqual([]);
    });

    it("goes with its session and with its user", async () => {
      const { session_id } = await opened();
      await share(session_id);
      await kit.db.prisma.user.delete({ where: { id: "u-bob" } });
      expect(await kit.call(kit.ann, "terminals.shares", { session_id })).toEqual([]);
      await share(session_id, "root");
      await kit.db.prisma.session.delete({ where: { id: session_id } });
      expect(await kit.db.prisma.sessionShare.count()).toBe(0);
    });
  });

  describe("scripts", () => {
    const SCREEN = {
      terminal_id: "t",
      cols: 80,
      rows: 24,
      lines: ["$"],
      cursor: { row: 0, col: 2 },
      title: "",
      alternate: false,
      offset: 9,
    };

    it("see the screen, type and wait, by asking the runtime", async () => {
      const { session_id } = await opened();
      const asked = answering(({ request: { kind } }) => {
        if (kind === "terminal.screen") return { screen: SCREEN };
        return kind === "terminal.write" ? { written: { offset: 9 } } : { waited: { outcome: "matched", match: "$ ", offset: 11 } };
      });
      expect(await kit.call(kit.ann, "terminals.screen", { session_id, history: 5 })).toEqual(SCREEN);
      expect(await kit.call(kit.ann, "terminals.write", { session_id, data: "ls\r" })).toEqual({ status: "written", offset: 9 });
      const wait = { session_id, pattern: "\\$ $", after_offset: 9, timeout: 1.5 };
      expect(await kit.call(kit.ann, "terminals.wait", wait)).toEqual({ outcome: "matched", match: "$ ", offset: 11 });
      expect(asked.map(({ request }) => request)).toEqual([
        { kind: "terminal.screen", session_id, history: 5 },
        { kind: "terminal.write", session_id, data: "ls\r" },
        { kind: "terminal.wait", session_id, pattern: "\\$ $", after_offset: 9, timeout: 1_500 },
      ]);
      await expect(kit.call(kit.ann, "terminals.wait", { session_id, pattern: "(" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
      await expect(kit.call(kit.admin, "terminals.write", { session_id, data: "x" })).rejects.toMatchObject({ code: "FORBIDDEN" });
      expect(await kit.call(kit.admin, "terminals.screen", { session_id })).toEqual(SCREEN);
    });

    it("may type at once: the call waits until the program runs", async () => {
      const { id: session_id } = await open();
      const asked = answering(() => ({ written: { offset: 0 } }));
      const written = kit.call(kit.ann, "terminals.write", { session_id, data: "ls\r" });
      const { terminal_id } = await opening();
      expect(asked).toEqual([]);
      await run(session_id, terminal_id);
      expect(await written).toEqual({ status: "written", offset: 0 });
      expect(asked).toHaveLength(1);
    });

    it("are told why there is nothing to type into", async () => {
      const { id: session_id } = await open();
      const write = () => kit.call(kit.ann, "terminals.write", { session_id, data: "x" });
      await expect(write()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /not connected/ });
      answering(() => ({ error: "there is no such terminal here" }));
      const written = write();
      const { id } = await opening();
      await kit.services.runtimes.acknowledge(link, { type: "command.ack", id, state: "failed", error: "no such program" });
      await expect(written).rejects.toMatchObject({ code: "CONFLICT", message: /ended \(no such program\)/ });
      await expect(kit.call(kit.ann, "terminals.screen", { session_id })).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await kit.call(kit.ann, "terminals.wait", { session_id, pattern: "x" })).toMatchObject({ outcome: "closed", match: null });
      answering(() => ({}));
      const fresh = await opened();
      await expect(kit.call(kit.ann, "terminals.screen", fresh)).rejects.toMatchObject({ code: "UNAVAILABLE", message: /update it/ });
    });

    it("that wait have places of their own, and more are refused with words", async () => {
      const { session_id } = await opened();
      const asked = answering(({ request: { kind } }) => (kind === "terminal.write" ? { written: { offset: 1 } } : undefined));
      const waits = Array.from({ length: 16 }, () => kit.call(kit.ann, "terminals.wait", { session_id, pattern: "never" }));
      const over = waits.map((wait) => expect(wait).rejects.toMatchObject({ code: "UNAVAILABLE" }));
      await expect.poll(() => asked).toHaveLength(16);
      await expect(kit.call(kit.ann, "terminals.wait", { session_id, pattern: "never" })).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: /16 calls wait/,
      });
      expect(await kit.call(kit.ann, "terminals.write", { session_id, data: "x" })).toMatchObject({ status: "written" });
      await kit.services.runtimes.disconnected(link);
      await Promise.all(over);
    });
  });
});
