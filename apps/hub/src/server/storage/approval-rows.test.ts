/** The rows of approvals on both databases: they say what the log says, however its events were grouped, also after the update. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EventDraft } from "@fairlead/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, DIALECTS, ROOT, readAll, seed, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import type { Db } from "./db.ts";
import { migratePostgres } from "./postgres-migrate.ts";
import { openSqliteConnection } from "./sqlite-adapter.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";

const by = { id: "u1", name: "ann" };
const options = [{ id: "yes", kind: "allow_once" as const, label: "Allow" }];
const about = fc.record({ approval_id: fc.constantFrom("a1", "a2"), turn_id: fc.constantFrom("t1", "t2") });
const draft: fc.Arbitrary<EventDraft> = fc.oneof(
  { weight: 4, arbitrary: about.map((is) => ({ type: "approval.requested" as const, ...is, tool: "T", title: "t", options })) },
  { weight: 4, arbitrary: about.map((is) => ({ type: "approval.resolved" as const, ...is, option_id: "yes", reason: "r\0", by })) },
  about.map((is) => ({ type: "approval.withdrawn" as const, ...is, reason: "gone" })),
  about.map((is) => ({ type: "approval.applied" as const, ...is })),
  about.map((is) => ({ type: "approval.superseded" as const, ...is, reason: "late" })),
  about.map(({ turn_id }) => ({ type: "turn.completed" as const, turn_id, stop_reason: "end_turn" as const })),
  fc.constant({ type: "session.closed" as const, reason: "idle" as const, by }),
);

/** As the hub does: an answer is logged only while the question is open. */
function sensible(drafts: readonly EventDraft[]): EventDraft[] {
  let open = new Map<string, string>();
  return drafts.filter((event) => {
    if (event.type === "approval.requested") open.set(event.approval_id, event.turn_id ?? "");
    if (event.type === "approval.resolved") return open.delete(event.approval_id);
    if (event.type === "approval.withdrawn") open.delete(event.approval_id);
    if (event.type === "session.closed") open = new Map();
    if (event.type === "turn.completed") open = new Map([...open].filter(([, turn]) => turn !== event.turn_id));
    return true;
  });
}

describe.each(DIALECTS)("approval rows on %s", (dialect) => {
  let databases: TestDatabases;
  let db: Db;
  beforeAll(async () => {
    databases = await startDatabases(dialect);
    db = await databases.open(await databases.createDsn());
    await seed(db);
  });
  afterAll(() => databases.stop());

  const rowsOf = async (sessionId: string) => {
    const rows = await db.prisma.approval.findMany({ where: { sessionId }, orderBy: { approvalId: "asc" } });
    return rows.map(({ approvalId, state, applied, optionId, reason, by: who, turnId }) => ({
      approvalId,
      state,
      applied,
      optionId,
      reason,
      who,
      turnId,
    }));
  };

  it("are the same whether events come one by one or together, and open where the session's state says so", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(draft, { maxLength: 12 }).map(sensible), async (drafts) => {
        count += 1;
        const [apart, together] = [`apart-${count}`, `together-${count}`];
        await createSession(db, apart);
        await createSession(db, together);
        for (const one of drafts) await db.log.append(apart, () => ({ drafts: [one], value: null }));
        await db.log.append(together, () => ({ drafts, value: null }));
        const rows = await rowsOf(together);
        expect(rows).toEqual(await rowsOf(apart));
        const open = (await db.log.session(together))?.state.approvals.map(({ approval_id }) => approval_id) ?? [];
        expect(rows.filter(({ state }) => state === "open").map(({ approvalId }) => approvalId)).toEqual([...open].sort());
      }),
      { numRuns: 60 },
    );
  });

  it("are not written when the transaction is not", async () => {
    await createSession(db, "torn");
    const ask: EventDraft = { type: "approval.requested", approval_id: "a1", tool: "T", title: "t", options };
    const bad = { id: "k", session_id: "other", kind: "session.close" } as const;
    await expect(db.log.append("torn", () => ({ drafts: [ask], commands: [{ command: bad }], value: null }))).rejects.toThrow();
    expect(await rowsOf("torn")).toEqual([]);
    expect(await readAll(db, "torn")).toHaveLength(1);
  });

  it("are made for what was open before there were rows", async () => {
    const dsn = await databases.createDsn();
    const source = join(ROOT, "prisma", ...(dialect === "postgres" ? ["postgres"] : []), "migrations");
    const folder = mkdtempSync(join(tmpdir(), "first-migration-"));
    const [first = ""] = readdirSync(source).filter((name) => name.endsWith("_init"));
    cpSync(join(source, first), join(folder, first), { recursive: true });
    const older = await startOlder(dsn, folder);
    for (const sql of OLD_ROWS) await older.run(sql(older.time));
    await older.close();
    rmSync(folder, { recursive: true });
    const updated = await databases.open(dsn);
    const rows = await updated.prisma.approval.findMany({ orderBy: { sessionId: "asc" } });
    expect(rows.map(({ sessionId, approvalId, state, tool, turnId }) => ({ sessionId, approvalId, state, tool, turnId }))).toEqual([
      { sessionId: "s1", approvalId: "a1", state: "open", tool: "second", turnId: "t1" },
    ]);
    expect(rows[0]?.requestedAt.getTime()).toBe(1_700_000_000_123);
    expect(JSON.parse(rows[0]?.data ?? "")).toMatchObject({ type: "approval.requested", title: "it's “so”" });
  });

  /** A database as the first version left it. `time`: a moment in its dialect. */
  async function startOlder(dsn: string, folder: string) {
    if (dialect === "postgres") {
      await migratePostgres(dsn, folder);
      const { default: pg } = await import("pg");
      const client = new pg.Client({ connectionString: dsn });
      await client.connect();
      return { time: "now()", run: (sql: string) => client.query(sql), close: () => client.end() };
    }
    mkdirSync(dirname(dsn), { recursive: true });
    const { database } = await openSqliteConnection(dsn);
    migrateSqlite(database, folder);
    return { time: "1", run: async (sql: string) => database.exec(sql), close: async () => database.close() };
  }
});

const event = (session: string, seq: number, tool: string, approval = "a1") => {
  const data = { type: "approval.requested", turn_id: "t1", approval_id: approval, tool, title: "it's “so”", options };
  const text = JSON.stringify({ ...data, session_id: session, seq, at: 1_700_000_000_123 }).replaceAll("'", "''");
  return `INSERT INTO "SessionEvent" ("sessionId", "seq", "type", "turnId", "data") VALUES ('${session}', ${seq}, 'approval.requested', 't1', '${text}')`;
};
const session = (id: string, activity: string, state: object) => (time: string) =>
  `INSERT INTO "Session" ("id", "userId", "endpointId", "runtimeId", "title", "titleLower", "state", "activity", "createdAt", "updatedAt")
     VALUES ('${id}', 'u1', 'e1', 'r1', 't', 't', '${JSON.stringify(state)}', '${activity}', ${time}, ${time})`;

/** One session waits for a1, asked twice, and no longer for a2; the other waits for nothing. */
const OLD_ROWS: readonly ((time: string) => string)[] = [
  (time) =>
    `INSERT INTO "User" ("id", "username", "usernameLower", "passwordHash", "role", "createdAt") VALUES ('u1', 'u1', 'u1', '-', 'user', ${time})`,
  (time) => `INSERT INTO "Runtime" ("id", "name", "createdAt") VALUES ('r1', 'r1', ${time})`,
  () =>
    `INSERT INTO "Endpoint" ("id", "runtimeId", "localId", "name", "profile", "capabilities") VALUES ('e1', 'r1', 'e1', 'E', 'generic-cli', '{}')`,
  session("s1", "needs_approval", { approvals: [{ approval_id: "a1" }] }),
  session("s2", "running", { approvals: [] }),
  () => event("s1", 1, "first"),
  () => event("s1", 2, "other", "a2"),
  () => event("s1", 3, "second"),
  () => event("s2", 1, "answered"),
];
