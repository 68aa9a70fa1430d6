/** A database that fails under the log: the caller is told to try again, nothing is half-written, and the log goes on by itself. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, posted, postOnce, ROOT, readAll, seed, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import type { Db } from "./db.ts";
import { openDb } from "./db.ts";

describe("Postgres that drops its connections", () => {
  let databases: TestDatabases;
  let db: Db;
  let admin: pg.Client;
  beforeAll(async () => {
    databases = await startDatabases("postgres");
    const dsn = await databases.createDsn();
    db = await databases.open(dsn);
    await seed(db);
    admin = new pg.Client({ connectionString: dsn });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await databases.stop();
  });

  const terminate = (condition: string) =>
    admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fairlead-log' AND ${condition}`);

  it("goes on over new connections when idle ones were cut", async () => {
    await createSession(db, "s1");
    await terminate("true");
    let outcome: string;
    do {
      outcome = await db.log.append("s1", postOnce("m1"), { message_id: "m1" }).then(
        () => "stored",
        (error: { code?: string }) => error.code ?? "unknown",
      );
      expect(["stored", "UNAVAILABLE"]).toContain(outcome);
    } while (outcome !== "stored");
    expect((await readAll(db, "s1")).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("refuses what was cut in the middle of its transaction, and takes the retry", async () => {
    await createSession(db, "s2");
    await admin.query("BEGIN");
    await admin.query(`SELECT 1 FROM "Session" WHERE "id" = 's2' FOR UPDATE`);
    const send = () => db.log.append("s2", postOnce("m1"), { message_id: "m1" });
    const cut = expect(send()).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfter: 1 });
    let waiting: number | null = 0;
    while (waiting === 0) waiting = (await terminate("wait_event_type = 'Lock'")).rowCount;
    await cut;
    await admin.query("COMMIT");
    expect((await send()).value).toBe(2);
    expect(await db.log.heads(["s2"])).toEqual(new Map([["s2", 2]]));
  });
});

describe("SQLite whose file another process holds", () => {
  it("refuses after the busy time and goes on when the lock is gone", async () => {
    const databases = await startDatabases("sqlite");
    const dsn = await databases.createDsn();
    const db = await databases.open(dsn);
    await seed(db);
    await createSession(db, "s1");
    const other = new Database(dsn);
    other.exec("BEGIN IMMEDIATE");
    await expect(db.log.append("s1", () => ({ drafts: [posted("m1")], value: 0 }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    other.exec("ROLLBACK");
    other.close();
    expect((await db.log.append("s1", () => ({ drafts: [posted("m1")], value: 0 }))).from).toBe(2);
    await databases.stop();
  });
});

describe("SQLite on a full disk", () => {
  it("refuses what does not fit, keeps what was acknowledged, stores nothing by halves, and goes on when there is room", async () => {
    const databases = await startDatabases("sqlite");
    const db = await databases.open(await databases.createDsn());
    await seed(db);
    await createSession(db, "s1");
    const [size] = await db.prisma.$queryRawUnsafe<{ page_count: number | bigint }[]>("PRAGMA page_count");
    const limit = (pages: number) => db.prisma.$queryRawUnsafe(`PRAGMA max_page_count = ${pages}`);
    await limit(Number(size?.page_count) + 8);
    const text = "x".repeat(3_000);
    const batch = (from: number) => ({
      runtime_id: "r1",
      session_id: "s1",
      stream: "a",
      from,
      events: Array.from({ length: 5 }, () => ({ type: "message.delta", kind: "stdout", text, message_id: "m" }) as const),
    });
    let acknowledged = 0;
    let refusal: unknown;
    while (refusal === undefined && acknowledged < 1_000) {
      const outcome = await db.log.ingest(batch(acknowledged + 1)).catch((error: unknown) => {
        refusal = error;
        return undefined;
      });
      acknowledged = outcome?.ordinal ?? acknowledged;
    }
    expect(refusal).toMatchObject({ code: "UNAVAILABLE", retryAfter: 1 });
    expect(acknowledged).toBeGreaterThan(0);
    expect(await db.log.heads(["s1"])).toEqual(new Map([["s1", 1 + acknowledged]]));
    await limit(1_000_000);
    expect(await db.log.ingest(batch(acknowledged + 1))).toEqual({ ordinal: acknowledged + 5 });
    expect((await readAll(db, "s1")).map(({ seq }) => seq)).toEqual(Array.from({ length: acknowledged + 6 }, (_, index) => index + 1));
    await databases.stop();
  });
});

describe("a database that cannot be opened", () => {
  const open = (driver: "sqlite" | "postgres", dsn: string) => openDb({ driver, dsn, root: ROOT, bus: createMemoryBus() });

  it("names the server, not the password", async () => {
    const opening = open("postgres", "postgres://me:sesame@127.0.0.1:1/none");
    await expect(opening).rejects.toThrow(/Postgres at 127\.0\.0\.1:1, database "none" cannot be used: .*ECONNREFUSED/);
    await expect(opening).rejects.not.toThrow(/sesame/);
  });

  it("names the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "test-open-"));
    const file = join(folder, "file");
    writeFileSync(file, "this is not a database, and long enough for SQLite to look at it twice");
    await expect(open("sqlite", join(file, "below.db"))).rejects.toThrow(/below\.db cannot be used: .*check storage\.dsn/);
    await expect(open("sqlite", file)).rejects.toThrow(/file cannot be used: file is not a database/);
    rmSync(folder, { recursive: true });
  });
});
