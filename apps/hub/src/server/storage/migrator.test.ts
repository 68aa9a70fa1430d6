/** Migrations: applied once, all or nothing, and refused in plain words when database and program do not fit. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DIALECTS, ROOT, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import { openDb } from "./db.ts";

describe.each(DIALECTS)("migrations on %s", (dialect) => {
  let databases: TestDatabases;
  let root = "";
  let dsn = "";

  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    dsn = await databases.createDsn();
    root = mkdtempSync(join(tmpdir(), "test-migrations-"));
    cpSync(join(ROOT, "prisma"), join(root, "prisma"), { recursive: true });
    return () => rmSync(root, { recursive: true, force: true });
  });

  const folder = () => join(root, "prisma", ...(dialect === "sqlite" ? [] : ["postgres"]), "migrations");
  const first = () => join(folder(), readdirSync(folder()).sort()[0] ?? "", "migration.sql");

  function addMigration(name: string, sql: string): void {
    mkdirSync(join(folder(), name));
    writeFileSync(join(folder(), name, "migration.sql"), sql);
  }

  async function start(work: (prisma: Awaited<ReturnType<typeof openDb>>["prisma"]) => Promise<unknown> = async () => undefined) {
    const db = await openDb({ driver: dialect, dsn, root, bus: createMemoryBus() });
    try {
      return await work(db.prisma);
    } finally {
      await db.close();
    }
  }

  it("applies each migration once and records it as Prisma does", async () => {
    await start();
    addMigration("20990101000000_more", 'CREATE TABLE "More" ("id" TEXT NOT NULL PRIMARY KEY);');
    await start();
    const rows = await start((prisma) =>
      prisma.$queryRawUnsafe(
        'SELECT "migration_name", length("checksum") AS "length", "applied_steps_count" FROM "_prisma_migrations" ORDER BY "migration_name"',
      ),
    );
    expect(JSON.parse(JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)))).toEqual([
      { migration_name: expect.stringMatching(/_init$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_approvals_and_rules$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_files$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_terminals$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_audit$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_made_files$/), length: 64, applied_steps_count: 1 },
      { migration_name: expect.stringMatching(/_deciding_rules$/), length: 64, applied_steps_count: 1 },
      { migration_name: "20990101000000_more", length: 64, applied_steps_count: 1 },
    ]);
  });

  it("refuses a migration that was edited after it was applied", async () => {
    await start();
    appendFileSync(first(), "-- edited\n");
    await expect(start()).rejects.toThrow(/_init" was edited after it was applied: put the released migration\.sql back/);
  });

  it("refuses a database that is newer than the program", async () => {
    addMigration("20990101000000_later", 'CREATE TABLE "Later" ("id" TEXT NOT NULL PRIMARY KEY);');
    await start();
    rmSync(join(folder(), "20990101000000_later"), { recursive: true });
    await expect(start()).rejects.toThrow(/newer than this program \(it has the migration "20990101000000_later"\): start the version/);
  });

  it("leaves nothing behind of a migration that fails, and goes on once it is mended", async () => {
    addMigration("20990101000000_bad", 'CREATE TABLE "Half" ("id" TEXT NOT NULL PRIMARY KEY);\nCREATE NONSENSE;');
    await expect(start()).rejects.toThrow(/"20990101000000_bad" cannot be applied/);
    writeFileSync(join(folder(), "20990101000000_bad", "migration.sql"), 'CREATE TABLE "Half" ("id" TEXT NOT NULL PRIMARY KEY);');
    await start();
  });

  it("refuses a migration that another tool left half-way", async () => {
    await start((prisma) => prisma.$executeRawUnsafe('UPDATE "_prisma_migrations" SET "finished_at" = NULL'));
    await expect(start()).rejects.toThrow(/_init" failed half-way: restore the backup/);
  });

  it("refuses to start without any migration", async () => {
    rmSync(folder(), { recursive: true });
    await expect(start()).rejects.toThrow(/no migrations in .*: the installation is incomplete/);
  });

  it("refuses one that breaks references between rows", async () => {
    if (dialect !== "sqlite") {
      // Postgres checks references itself, statement by statement.
      addMigration(
        "20990101000000_orphan",
        `INSERT INTO "Login" ("id", "userId", "createdAt", "expiresAt") VALUES ('l', 'nobody', now(), now());`,
      );
      await expect(start()).rejects.toThrow(/"20990101000000_orphan" cannot be applied/);
      return;
    }
    addMigration("20990101000000_orphan", `INSERT INTO "Login" ("id", "userId", "createdAt", "expiresAt") VALUES ('l', 'nobody', 1, 1);`);
    await expect(start()).rejects.toThrow(/1 rows refer to rows that do not exist/);
  });
});
