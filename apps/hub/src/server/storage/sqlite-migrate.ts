/** Applies migrations to SQLite: all outstanding ones in one exclusive transaction, which is also the lock between processes. */
import { randomUUID } from "node:crypto";
import type Database from "better-sqlite3";
import { type Migration, MigrationError, outstanding, readMigrations } from "./migrator.ts";
import { prepare } from "./sqlite-statement.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/** How long another process may migrate before this one gives up (ms), and what the connection waits for a lock afterwards. */
const LOCK_WAIT_MS = 60_000;
const BUSY_WAIT_MS = 5_000;

/** Brings the schema up to date. Throws a MigrationError, leaving the database as it was. */
export function migrateSqlite(database: Database.Database, folder: string): void {
  const known = readMigrations(folder);
  database.pragma(`busy_timeout = ${LOCK_WAIT_MS}`);
  // Rebuilding a table drops the old one; with foreign keys on, that would delete what refers to it. Checked below instead.
  database.pragma("foreign_keys = OFF");
  try {
    database.exec("BEGIN EXCLUSIVE");
    applyAll(database, known);
    database.exec("COMMIT");
  } finally {
    if (database.inTransaction) database.exec("ROLLBACK");
    database.pragma("foreign_keys = ON");
    database.pragma(`busy_timeout = ${BUSY_WAIT_MS}`);
  }
}

function applyAll(database: Database.Database, known: readonly Migration[]): void {
  database.exec(TABLE);
  const applied = prepare<{ migration_name: string; checksum: string; finished: number; rolled_back: number }>(
    database,
    `SELECT "migration_name", "checksum", "finished_at" IS NOT NULL AS "finished", "rolled_back_at" IS NOT NULL AS "rolled_back"
       FROM "_prisma_migrations"`,
  ).all();
  const todo = outstanding(
    known,
    applied.map((row) => ({ ...row, finished: row.finished === 1, rolled_back: row.rolled_back === 1 })),
  );
  const record = prepare(
    database,
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES (?, ?, ?, ?, ?, 1)`,
  );
  for (const { name, sql, checksum } of todo) {
    const started = Date.now();
    try {
      database.exec(sql);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MigrationError(`the migration "${name}" cannot be applied (${reason}); the database is as it was before`, { cause });
    }
    record.run(randomUUID(), checksum, name, started, Date.now());
  }
  const broken = prepare<{ table: string }>(database, "PRAGMA foreign_key_check").all();
  if (todo.length > 0 && broken.length > 0) {
    throw new MigrationError(
      `after the migrations ${broken.length} rows refer to rows that do not exist; the database is as it was before`,
    );
  }
}
