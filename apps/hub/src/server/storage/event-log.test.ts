/** The event log on both databases: numbers without holes, nothing twice, all or nothing, and only committed news. */
import { AppError, type SessionEvent } from "@fairlead/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createSession,
  DIALECTS,
  delta,
  posted,
  postOnce,
  readAll,
  seed,
  startDatabases,
  type TestDatabases,
  turnStart,
} from "../../../test/databases.ts";
import type { CommittedRange } from "../bus/bus.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import type { Db } from "./db.ts";

describe.each(DIALECTS)("event log on %s", (dialect) => {
  const bus = createMemoryBus();
  let databases: TestDatabases;
  let db: Db;
  let dsn = "";
  let session = "";
  let count = 0;

  beforeAll(async () => {
    databases = await startDatabases(dialect);
    dsn = await databases.createDsn();
    db = await databases.open(dsn, bus);
    await seed(db);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    count += 1;
    session = `s${count}`;
    await createSession(db, session);
  });

  const batch = (from: number, texts: readonly string[], change: { stream?: string; runtime?: string; session?: string } = {}) => ({
    session_id: change.session ?? session,
    runtime_id: change.runtime ?? "r1",
    stream: change.stream ?? "stream-1",
    from,
    events: texts.map(delta),
  });
  const texts = async () => (await readAll(db, session)).flatMap((event) => (event.type === "message.delta" ? [event.text] : []));

  it("numbers fifty concurrent appends without a hole and in the order of the calls", async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => db.log.append(session, () => ({ drafts: [posted(`m${index}`)], value: index }))),
    );
    expect(results.map(({ from, to, value }) => [from, to, value])).toEqual(results.map((_, index) => [index + 2, index + 2, index]));
    const events = await readAll(db, session);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    expect(events.every((event) => event.session_id === session)).toBe(true);
    const record = await db.log.session(session);
    expect(record?.state.seq).toBe(51);
    expect(record?.state.queue).toHaveLength(50);
  });

  it("stores a session's first commands with its first events, or nothing of all, and tells a terminal from a chat", async () => {
    const by = { id: "u1", name: "ann" };
    const size = { terminal_id: "t1", cols: 80, rows: 24 };
    const create = (id: string, commandOf: string) => {
      const place = { id, user_id: "u1", endpoint_id: "e1", local_endpoint_id: "local-e1", runtime_id: "r1", profile: "terminal" } as const;
      const command = { id: `open-${id}`, session_id: commandOf, kind: "terminal.open", endpoint_id: "local-e1", ...size } as const;
      const created = { type: "session.created", endpoint_id: "e1", title: "t", by, terminal: true } as const;
      return db.log.create(place, [created, { type: "terminal.requested", ...size, by }], [{ command }]);
    };
    const id = `${session}-terminal`;
    expect((await create(id, id)).state.terminal).toMatchObject({ state: "opening", terminal_id: "t1" });
    const told = await db.commands.pending("r1", { after: 0, limit: 1_000 });
    expect(told.at(-1)?.command).toMatchObject({ id: `open-${id}`, kind: "terminal.open", session_id: id });
    const kinds = await db.prisma.session.findMany({
      where: { id: { in: [session, id] } },
      orderBy: { id: "asc" },
      select: { kind: true },
    });
    expect(kinds.map(({ kind }) => kind)).toEqual(["chat", "terminal"]);
    await expect(create(`${session}-half`, session)).rejects.toMatchObject({ code: "INTERNAL" });
    expect(await db.log.session(`${session}-half`)).toBeUndefined();
  });

  it("lets every decision see what the ones before it did", async () => {
    const seen = await Promise.all(
      [1, 2, 3].map((index) =>
        db.log.append(session, ({ session: { state } }) => ({ drafts: [posted(`m${index}`)], value: state.queue.length })),
      ),
    );
    expect(seen.map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  it("gives a decision without drafts an empty range and writes nothing", async () => {
    const { from, to, value } = await db.log.append(session, () => ({ drafts: [], value: "nothing" }));
    expect({ from, to, value }).toEqual({ from: 2, to: 1, value: "nothing" });
    expect(await db.log.heads([session])).toEqual(new Map([[session, 1]]));
  });

  it("posts a message id once, in one tick, later and through another connection", async () => {
    const send = (on: Db) => on.log.append(session, postOnce("same"), { message_id: "same" });
    const [first, second] = await Promise.all([send(db), send(db)]);
    const third = await send(db);
    const fourth = await send(await databases.open(dsn));
    expect([first, second, third, fourth].map(({ value }) => value)).toEqual([2, 2, 2, 2]);
    expect((await readAll(db, session)).filter(({ type }) => type === "message.posted")).toHaveLength(1);
  });

  it("refuses a message id that a careless decision posts twice", async () => {
    const careless = () => db.log.append(session, () => ({ drafts: [posted("twice")], value: null }));
    await careless();
    await expect(careless()).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await db.log.heads([session])).toEqual(new Map([[session, 2]]));
  });

  it("rejects only the entry whose decision throws", async () => {
    const fault = new AppError("LIMIT_EXCEEDED", "no more");
    const results = await Promise.allSettled([
      db.log.append(session, () => ({ drafts: [posted("before")], value: 1 })),
      db.log.append(session, () => {
        throw fault;
      }),
      db.log.append("unknown", () => ({ drafts: [], value: 1 })),
      db.log.append(session, () => ({ drafts: [posted("after")], value: 2 })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: fault });
    expect(results[2]).toMatchObject({ reason: { code: "NOT_FOUND" } });
    expect((await readAll(db, session)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("rejects only the entry whose rows the database refuses", async () => {
    const store = (id: string) =>
      db.log.append(session, () => ({ drafts: [posted(`with-${id}`)], commands: [turnStart(session, id)], value: id }));
    await store(`${session}-taken`);
    const results = await Promise.allSettled([store(`${session}-a`), store(`${session}-taken`), store(`${session}-b`)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "CONFLICT" } });
    const ids = (await readAll(db, session)).flatMap((event) => (event.type === "message.posted" ? [event.message_id] : []));
    expect(ids).toEqual([`with-${session}-taken`, `with-${session}-a`, `with-${session}-b`]);
  });

  it("stores a runtime's events once, however often they come", async () => {
    // Known although nothing came yet: a runtime that is told otherwise throws away what it has of the session.
    expect(await db.log.positions("r1", [session])).toEqual(new Map([[session, { stream: null, ordinal: 0 }]]));
    expect(await db.log.ingest(batch(1, ["a", "b"]))).toEqual({ ordinal: 2 });
    expect(await db.log.ingest(batch(1, ["a", "b"]))).toEqual({ ordinal: 2 });
    expect(await db.log.ingest(batch(2, ["b", "c"]))).toEqual({ ordinal: 3 });
    const together = await Promise.all([db.log.ingest(batch(4, ["d"])), db.log.ingest(batch(3, ["c", "d", "e"]))]);
    expect(together).toEqual([{ ordinal: 4 }, { ordinal: 5 }]);
    expect(await texts()).toEqual(["a", "b", "c", "d", "e"]);
    expect(await db.log.positions("r1", [session, "unknown"])).toEqual(new Map([[session, { stream: "stream-1", ordinal: 5 }]]));
    expect(await db.log.positions("r2", [session])).toEqual(new Map());
  });

  it("refuses a jump, another runtime's session and an unknown one, and stores nothing of them", async () => {
    await db.log.ingest(batch(1, ["a"]));
    await expect(db.log.ingest(batch(3, ["c"]))).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(db.log.ingest(batch(2, ["b"], { runtime: "r2" }))).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(db.log.ingest(batch(1, ["a"], { session: "unknown" }))).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await texts()).toEqual(["a"]);
  });

  it("starts a new stream at 1", async () => {
    await db.log.ingest(batch(1, ["a", "b"]));
    await expect(db.log.ingest(batch(3, ["x"], { stream: "stream-2" }))).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await db.log.ingest(batch(1, ["x"], { stream: "stream-2" }))).toEqual({ ordinal: 1 });
    expect(await texts()).toEqual(["a", "b", "x"]);
    expect(await db.log.positions("r1", [session])).toEqual(new Map([[session, { stream: "stream-2", ordinal: 1 }]]));
  });

  it("publishes what it committed, once, as it stands in the log", async () => {
    const ranges: CommittedRange[] = [];
    const hints: string[] = [];
    const leave = [
      bus.subscribe(`session.${session}`, (range) => ranges.push(range)),
      bus.subscribe("user.u1", ({ id }) => hints.push(`user ${id}`)),
      bus.subscribe("runtime.r1", () => hints.push("runtime")),
    ];
    await Promise.all([
      db.log.append(session, () => ({ drafts: [posted("m1"), posted("m2")], commands: [turnStart(session, `${session}-c`)], value: 0 })),
      db.log.append(session, () => ({ drafts: [posted("m3")], value: 0 })),
    ]);
    expect(hints).toEqual(["runtime", `user ${session}`]);
    await db.log.ingest(batch(1, ["only a delta"]));
    await db.log.ingest(batch(1, ["only a delta"]));
    const refuse = () => {
      throw new AppError("CONFLICT", "refused");
    };
    await expect(db.log.append(session, refuse)).rejects.toThrow("refused");
    for (const stop of leave) stop();
    expect(ranges.map(({ from, to }) => [from, to])).toEqual([
      [2, 4],
      [5, 5],
    ]);
    expect(hints).toHaveLength(2);
    const page = await db.log.read(session, { after_seq: 1, limit: 10 });
    expect(ranges.flatMap(({ events }) => events)).toEqual(page.events);
  });

  it("has committed what it publishes", async () => {
    const other = await databases.open(await databases.createDsn(), bus);
    await seed(other);
    await createSession(other, "fresh");
    let stored: Promise<number> | undefined;
    const leave = bus.subscribe("session.fresh", () => {
      stored = other.prisma.sessionEvent.count({ where: { sessionId: "fresh" } });
    });
    await other.log.append("fresh", () => ({ drafts: [posted("m1")], value: 0 }));
    leave();
    expect(await stored).toBe(2);
  });

  it("keeps NUL and half characters in events, and drops them from searchable columns", async () => {
    const text = "nul \0 half \ud800 whole \u{1f600}";
    await db.log.ingest(batch(1, [text]));
    await db.log.append(session, () => ({ drafts: [{ type: "session.renamed", title: text, by: { id: "u1", name: "u1" } }], value: 0 }));
    expect(await texts()).toEqual([text]);
    const row = await db.prisma.session.findUniqueOrThrow({ where: { id: session } });
    expect(row.title).toBe("nul  half \ufffd whole \u{1f600}");
    expect(row.titleLower).toBe(row.title.toLowerCase());
    expect((await db.log.session(session))?.state.title).toBe(text);
  });

  it("projects the state into the session's columns", async () => {
    await db.log.append(session, () => ({ drafts: [posted("m1", "t1"), posted("m2", "t2")], value: 0 }));
    expect(await db.prisma.session.findUnique({ where: { id: session } })).toMatchObject({ activity: "queued", queued: 2, lastSeq: 3 });
    const started = { type: "turn.started", turn_id: "t1" } as const;
    await db.log.ingest({ ...batch(1, []), events: [started, delta("x")] });
    expect(await db.prisma.session.findUnique({ where: { id: session } })).toMatchObject({ activity: "running", queued: 1, lastSeq: 5 });
    const closed = { type: "session.closed", reason: "idle", by: { id: "system", name: "system" } } as const;
    await db.log.append(session, () => ({ drafts: [closed], value: 0 }));
    expect(await db.prisma.session.findUnique({ where: { id: session } })).toMatchObject({ activity: "closed", closedReason: "idle" });
    await db.log.append(session, () => ({ drafts: [{ type: "session.reopened", by: { id: "u1", name: "u1" } }], value: 0 }));
    expect(await db.prisma.session.findUnique({ where: { id: session } })).toMatchObject({ activity: "idle", closedReason: null });
  });

  it("moves the time of the last change with each change of the state, and now and then with what only adds", async () => {
    const updatedAt = async () => (await db.prisma.session.findUniqueOrThrow({ where: { id: session } })).updatedAt.getTime();
    const age = (ms: number) => db.prisma.session.update({ where: { id: session }, data: { updatedAt: new Date(Date.now() - ms) } });
    const recent = (await age(500)).updatedAt.getTime();
    await db.log.ingest(batch(1, ["a"]));
    expect([await updatedAt(), (await db.log.session(session))?.updated_at]).toEqual([recent, recent]);
    await db.log.append(session, () => ({ drafts: [posted("m1", "t1")], value: 0 }));
    expect(await updatedAt()).toBeGreaterThan(recent);
    const old = (await age(5_000)).updatedAt.getTime();
    await db.log.ingest(batch(2, ["b"]));
    expect(await updatedAt()).toBeGreaterThan(old + 4_000);
  });

  it("agrees with Prisma about times", async () => {
    await db.log.append(session, () => ({
      drafts: [posted("m1")],
      commands: [turnStart(session, `${session}-c`, 1_700_000_000_123)],
      value: 0,
    }));
    const record = await db.log.session(session);
    const row = await db.prisma.session.findUniqueOrThrow({ where: { id: session }, include: { commands: true } });
    expect([row.createdAt.getTime(), row.updatedAt.getTime()]).toEqual([record?.created_at, record?.updated_at]);
    expect(Math.abs(row.updatedAt.getTime() - Date.now())).toBeLessThan(60_000);
    expect(row.commands[0]?.expiresAt?.getTime()).toBe(1_700_000_000_123);
    const where = { id: session, updatedAt: { gte: new Date(row.updatedAt.getTime()), lt: new Date(row.updatedAt.getTime() + 1) } };
    expect(await db.prisma.session.count({ where })).toBe(1);
  });

  it("cannot be fooled by a draft that brings its own number", async () => {
    const forged = { ...posted("m1"), seq: 99, session_id: "other", at: 1 };
    await db.log.append(session, () => ({ drafts: [forged], value: 0 }));
    const last = (await readAll(db, session)).at(-1) as SessionEvent;
    expect(last).toMatchObject({ seq: 2, session_id: session, message_id: "m1" });
    expect(last.at).toBeGreaterThan(1);
  });

  it("pages forward and backward within a number of events and of bytes", async () => {
    await db.log.ingest(
      batch(
        1,
        Array.from({ length: 10 }, (_, index) => `${index}`.repeat(1_000)),
      ),
    );
    const seqs = (page: { events: readonly string[] }) => page.events.map((text) => (JSON.parse(text) as SessionEvent).seq);
    const first = await db.log.read(session, { after_seq: 2, limit: 3 });
    expect({ ...first, events: seqs(first) }).toEqual({ from: 3, to: 5, head: 11, events: [3, 4, 5] });
    expect(seqs(await db.log.read(session, { after_seq: 1, limit: 9, max_bytes: 1 }))).toEqual([2]);
    expect(seqs(await db.log.read(session, { after_seq: 1, limit: 9, max_bytes: 3_000 }))).toEqual([2, 3, 4]);
    expect(await db.log.read(session, { after_seq: 11, limit: 3 })).toEqual({ from: 12, to: 11, head: 11, events: [] });
    const last = await db.log.readBefore(session, { before_seq: 11, limit: 2 });
    expect({ ...last, events: seqs(last) }).toEqual({ from: 9, to: 10, head: 11, events: [9, 10] });
    const newest = await db.log.readBefore(session, { before_seq: 5_000, limit: 2 });
    expect({ ...newest, events: seqs(newest) }).toEqual({ from: 10, to: 11, head: 11, events: [10, 11] });
    expect(await db.log.readBefore(session, { before_seq: 1, limit: 2 })).toEqual({ from: 1, to: 0, head: 11, events: [] });
    expect(await db.log.read("unknown", { after_seq: 0, limit: 2 })).toEqual({ from: 1, to: 0, head: 0, events: [] });
  });

  it("creates a session once, and only for what exists", async () => {
    await expect(createSession(db, session)).rejects.toMatchObject({ code: "CONFLICT" });
    const twice = await Promise.allSettled([createSession(db, `${session}-x`), createSession(db, `${session}-x`)]);
    expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    const orphan = { id: `${session}-o`, user_id: "u1", endpoint_id: "gone", local_endpoint_id: "gone", runtime_id: "r1" } as const;
    const created = { type: "session.created", endpoint_id: "gone", title: "T", by: { id: "u1", name: "u1" } } as const;
    await expect(db.log.create({ ...orphan, profile: "generic-job" }, [created])).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await db.log.session(`${session}-o`)).toBeUndefined();
    expect(await db.log.session(`${session}-x`)).toMatchObject({ user_id: "u1", profile: "generic-job", local_endpoint_id: "local-e1" });
  });

  it("loses nothing beside a transaction that rolls back", async () => {
    let inside: Promise<unknown> = Promise.resolve();
    const rolledBack = db.prisma.$transaction(async (tx) => {
      await tx.user.create({
        data: { id: `${session}-u`, username: "x", usernameLower: session, passwordHash: "-", role: "user", createdAt: new Date() },
      });
      inside = db.log.append(session, () => ({ drafts: [posted("beside")], value: 0 }));
      throw new Error("roll back");
    });
    await expect(rolledBack).rejects.toThrow("roll back");
    await inside;
    expect(await db.prisma.user.findUnique({ where: { id: `${session}-u` } })).toBeNull();
    expect((await readAll(db, session)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("deletes old closed sessions whole, suspended ones only when asked", async () => {
    const other = await databases.open(await databases.createDsn(), bus);
    await seed(other);
    const close = (id: string, reason: "user" | "idle") =>
      other.log.append(id, () => ({
        drafts: [{ type: "session.closed", reason, by: { id: "u1", name: "u1" } }],
        commands: [turnStart(id, `c-${id}`)],
        value: 0,
      }));
    for (const id of ["closed", "suspended", "open"]) await createSession(other, id);
    await close("closed", "user");
    await close("suspended", "idle");
    expect(await other.log.purge({ before: Date.now() - 60_000, limit: 10 })).toEqual([]);
    const later = Date.now() + 60_000;
    expect(await other.log.purge({ before: later, limit: 10 })).toEqual([{ id: "closed", user_id: "u1" }]);
    expect(await other.log.purge({ before: later, limit: 10, include_suspended: true })).toEqual([{ id: "suspended", user_id: "u1" }]);
    expect(await other.prisma.sessionEvent.findMany({ select: { sessionId: true } })).toEqual([{ sessionId: "open" }]);
    expect(await other.prisma.runtimeCommand.count()).toBe(0);
    await expect(other.log.append("closed", () => ({ drafts: [], value: 0 }))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("takes no more when it is closed", async () => {
    const other = await databases.open(await databases.createDsn());
    await seed(other);
    await createSession(other, "last");
    const waiting = other.log.append("last", () => ({ drafts: [posted("m1")], value: 7 }));
    await other.close();
    expect((await waiting).value).toBe(7);
    await expect(other.log.append("last", () => ({ drafts: [], value: 0 }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
