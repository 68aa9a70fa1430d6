/** Processes that die and processes that share: what was acknowledged is in the log, and its numbers have no holes. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, DIALECTS, ROOT, readAll, seed, startChild, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import type { Db } from "./db.ts";
import { readMigrations } from "./migrator.ts";

/** Acknowledgements to wait for before the process is killed. */
const ENOUGH = 200;

describe.each(DIALECTS)("processes on %s", (dialect) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());

  async function prepare(): Promise<{ db: Db; dsn: string }> {
    const dsn = await databases.createDsn();
    const db = await databases.open(dsn);
    await seed(db);
    await createSession(db, "s1");
    return { db, dsn };
  }

  async function expectWhole(db: Db, acknowledged: readonly string[]): Promise<number> {
    const events = await readAll(db, "s1");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const ids = events.flatMap((event) => (event.type === "message.posted" ? [event.message_id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
    const record = await db.log.session("s1");
    expect(record?.state.seq).toBe(events.length);
    expect(record?.state.queue.map(({ message_id }) => message_id)).toEqual(ids);
    return ids.length;
  }

  it("loses nothing acknowledged and leaves no hole when killed while writing", async () => {
    const { db, dsn } = await prepare();
    const acknowledged: string[] = [];
    const child = startChild(["append", dialect, dsn, "s1", "m", "1000000"]);
    child.onLine((line) => {
      acknowledged.push(line);
      if (acknowledged.length === ENOUGH) child.process.kill("SIGKILL");
    });
    expect(await child.done()).toEqual({ code: null, errors: "" });
    expect(acknowledged.length).toBeGreaterThanOrEqual(ENOUGH);
    await expectWhole(db, acknowledged);
    const before = (await db.log.heads(["s1"])).get("s1") ?? 0;
    const { from } = await db.log.append("s1", () => ({ drafts: [{ type: "notice", level: "info", text: "after" }], value: 0 }));
    expect(from).toBe(before + 1);
  }, 60_000);

  it("lets two processes and this one write the same session", async () => {
    const { db, dsn } = await prepare();
    const acknowledged: string[] = [];
    const children = ["a", "b"].map((prefix) => startChild(["append", dialect, dsn, "s1", prefix, "300"]));
    for (const child of children) child.onLine((line) => line !== "done" && acknowledged.push(line));
    const own = Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        db.log.append("s1", () => ({ drafts: [{ type: "notice", level: "info", text: `${index}` }], value: index })),
      ),
    );
    for (const child of children) expect(await child.done()).toEqual({ code: 0, errors: "" });
    await own;
    expect(acknowledged).toHaveLength(600);
    expect(await expectWhole(db, acknowledged)).toBe(600);
  }, 60_000);

  it("applies the migrations once when several processes start together", async () => {
    const dsn = await databases.createDsn();
    const children = [1, 2, 3].map(() => startChild(["open", dialect, dsn]));
    for (const child of children) expect(await child.done()).toEqual({ code: 0, errors: "" });
    const db = await databases.open(dsn);
    const rows = await db.prisma.$queryRawUnsafe<unknown[]>('SELECT "migration_name" FROM "_prisma_migrations"');
    expect(rows).toHaveLength(readMigrations(join(ROOT, "prisma", "migrations")).length);
  }, 60_000);
});
