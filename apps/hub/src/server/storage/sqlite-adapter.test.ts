/** The measurement behind the adapter: plain writes beside failing transactions. The stock adapter loses them, ours must not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Database from "better-sqlite3";
import { afterAll, describe, expect, it } from "vitest";
import { PrismaClient } from "../../../generated/sqlite/client.ts";
import { ROOT } from "../../../test/databases.ts";
import { openSqliteConnection } from "./sqlite-adapter.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";

const FAILING = 50;
const PLAIN_EACH = 3;

const folder = mkdtempSync(join(tmpdir(), "test-adapter-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runtime = (id: string) => ({ data: { id, name: id, createdAt: new Date() } });

/** Runs transactions that fail, with plain creates between their statements. Resolves with how many of the latter are gone. */
async function countLost(prisma: PrismaClient): Promise<{ acknowledged: number; lost: number }> {
  let acknowledged = 0;
  for (let round = 0; round < FAILING; round += 1) {
    const plain: Promise<unknown>[] = [];
    const failing = prisma.$transaction(async (tx) => {
      await tx.runtime.create(runtime(`rolled-back-${round}`));
      // Prisma's promises start when somebody waits for them: `then` makes them start here, inside the open transaction.
      for (let index = 0; index < PLAIN_EACH; index += 1)
        plain.push(prisma.runtime.create(runtime(`plain-${round}-${index}`)).then(({ id }) => id));
      // Give the plain creates every chance to run inside.
      for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      throw new Error("roll back");
    });
    await expect(failing).rejects.toThrow("roll back");
    acknowledged += (await Promise.all(plain)).length;
  }
  const stored = await prisma.runtime.count({ where: { id: { startsWith: "plain-" } } });
  expect(await prisma.runtime.count({ where: { id: { startsWith: "rolled-back-" } } })).toBe(0);
  return { acknowledged, lost: acknowledged - stored };
}

function createFile(name: string): string {
  const file = join(folder, name);
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  migrateSqlite(database, join(ROOT, "prisma", "migrations"));
  database.close();
  return file;
}

describe("writes beside a transaction that rolls back", () => {
  it("are lost by the stock adapter (when this fails, the guard may have become unnecessary)", async () => {
    const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: createFile("stock.db") }) });
    const { acknowledged, lost } = await countLost(prisma);
    await prisma.$disconnect();
    expect(acknowledged).toBe(FAILING * PLAIN_EACH);
    expect(lost).toBeGreaterThan(0);
  });

  it("are all kept by ours", async () => {
    const { factory, database } = await openSqliteConnection(createFile("guarded.db"));
    const prisma = new PrismaClient({ adapter: factory });
    expect(await countLost(prisma)).toEqual({ acknowledged: FAILING * PLAIN_EACH, lost: 0 });
    await prisma.$disconnect();
    database.close();
  });
});

describe("the guarded adapter", () => {
  it("sets what the hub relies on", async () => {
    const { database } = await openSqliteConnection(join(folder, "pragmas.db"));
    const pragmas = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"].map((name) => database.pragma(name, { simple: true }));
    expect(pragmas.map(String)).toEqual(["wal", "1", "1", "5000"]);
    database.close();
  });

  it("rolls back and goes on after a COMMIT that fails", async () => {
    const { factory, database } = await openSqliteConnection(createFile("commit.db"));
    const prisma = new PrismaClient({ adapter: factory });
    const broken = prisma.$transaction(async (tx) => {
      // The check of a deferred foreign key happens at COMMIT, which fails and leaves the transaction open.
      await tx.$executeRawUnsafe("PRAGMA defer_foreign_keys = ON");
      await tx.endpoint.create({
        data: { id: "e", runtimeId: "nobody", localId: "e", name: "e", profile: "generic-job", capabilities: "{}" },
      });
    });
    await expect(broken).rejects.toThrow();
    expect(database.inTransaction).toBe(false);
    await prisma.runtime.create(runtime("after"));
    const second = new Database(join(folder, "commit.db"), { readonly: true });
    expect(second.prepare('SELECT count(*) AS n FROM "Runtime"').get()).toEqual({ n: 1 });
    expect(second.prepare('SELECT count(*) AS n FROM "Endpoint"').get()).toEqual({ n: 0 });
    second.close();
    await prisma.$disconnect();
    database.close();
  });

  it("serves nested writes and batches", async () => {
    const { factory, database } = await openSqliteConnection(createFile("batch.db"));
    const prisma = new PrismaClient({ adapter: factory });
    const endpoint = { id: "e", localId: "e", name: "e", profile: "generic-job", capabilities: "{}" };
    await prisma.runtime.create({ data: { ...runtime("r").data, endpoints: { create: endpoint } } });
    await prisma.$transaction([prisma.runtime.create(runtime("a")), prisma.runtime.create(runtime("b"))]);
    const failing = prisma.$transaction([prisma.runtime.create(runtime("c")), prisma.runtime.create(runtime("a"))]);
    await expect(failing).rejects.toMatchObject({ code: "P2002" });
    expect((await prisma.runtime.findMany({ orderBy: { id: "asc" } })).map(({ id }) => id)).toEqual(["a", "b", "r"]);
    await prisma.$disconnect();
    database.close();
  });
});
