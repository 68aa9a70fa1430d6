/** The migrations, the two schemas and the data model say the same: compared on real databases, column by column. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { postgresSchema } from "../../../../../scripts/generate.mjs";
import { ROOT } from "../../../test/databases.ts";
import { startPostgres } from "../../../test/postgres.ts";
import { schemaSql } from "../../../test/schema-sql.ts";
import { readMigrations } from "./migrator.ts";
import { migratePostgres } from "./postgres-migrate.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";

const sqliteSchema = join(ROOT, "prisma", "schema.prisma");
const postgresFolder = join(ROOT, "prisma", "postgres");

describe("the schema", () => {
  const stops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  it("for Postgres is made from the one for SQLite", () => {
    const derived = readFileSync(join(postgresFolder, "schema.prisma"), "utf8");
    expect(derived).toBe(postgresSchema(readFileSync(sqliteSchema, "utf8")));
  });

  it("has the same migrations on both databases", () => {
    const names = (folder: string) => readMigrations(folder).map(({ name }) => name);
    expect(names(join(postgresFolder, "migrations"))).toEqual(names(join(ROOT, "prisma", "migrations")));
  });

  it("is what the migrations make on SQLite", async () => {
    const migrated = new Database(":memory:");
    migrateSqlite(migrated, join(ROOT, "prisma", "migrations"));
    const wanted = new Database(":memory:");
    wanted.exec(await schemaSql("sqlite", sqliteSchema));
    const shape = describeSqlite(wanted);
    expect(Object.keys(shape)).toContain("SessionEvent");
    expect(describeSqlite(migrated)).toEqual(shape);
    migrated.close();
    wanted.close();
  });

  it("is what the migrations make on Postgres", async () => {
    const server = await startPostgres();
    stops.push(server.stop);
    const migrated = await server.createDatabase();
    await migratePostgres(migrated, join(postgresFolder, "migrations"));
    const wanted = await server.createDatabase();
    const client = new pg.Client({ connectionString: wanted });
    await client.connect();
    await client.query(await schemaSql("postgres", join(postgresFolder, "schema.prisma"), wanted));
    await client.end();
    const shape = await describePostgres(wanted);
    expect(shape.columns.length).toBeGreaterThan(50);
    expect(await describePostgres(migrated)).toEqual(shape);
  });
});

/** Columns, foreign keys and indexes of each table; the order of their creation does not matter. */
function describeSqlite(database: Database.Database): Record<string, unknown> {
  const tables = database
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_prisma_migrations'",
    )
    .all();
  return Object.fromEntries(
    tables.map(({ name }) => {
      const indexes = database.pragma(`index_list("${name}")`) as { name: string; unique: number; origin: string }[];
      const described = indexes.map((index) => ({
        name: index.name,
        unique: index.unique,
        origin: index.origin,
        columns: database.pragma(`index_info("${index.name}")`),
      }));
      const sortBy = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
      const foreign = (database.pragma(`foreign_key_list("${name}")`) as Record<string, unknown>[]).map((row) => ({ ...row, id: 0 }));
      return [name, { columns: database.pragma(`table_info("${name}")`), indexes: sortBy(described), foreign: sortBy(foreign) }];
    }),
  );
}

async function describePostgres(dsn: string): Promise<{ columns: unknown[]; constraints: unknown[]; indexes: unknown[] }> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  const ask = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
  const columns = await ask(
    `SELECT table_name, ordinal_position, column_name, data_type, datetime_precision, is_nullable, column_default
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1, 2`,
  );
  const constraints = await ask(
    `SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('"_prisma_migrations"'), 0) ORDER BY 1`,
  );
  const indexes = await ask(
    `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`,
  );
  await client.end();
  return { columns, constraints, indexes };
}
