/**
 * Finds the checked-in migrations and decides which are still to be applied. The record of applied ones is Prisma's own table,
 * so `prisma migrate deploy` and the hub can take turns.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as Prisma computes it. */
  readonly checksum: string;
}

/** A row of `_prisma_migrations`. */
export interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolled_back: boolean;
}

/** Says why the database cannot be used, and what a person should do. */
export class MigrationError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "MigrationError";
  }
}

/** Reads `<folder>/<name>/migration.sql`, oldest first. Throws when there is none: the hub must not run without a schema. */
export function readMigrations(folder: string): readonly Migration[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const found = names.flatMap((name) => {
    const file = join(folder, name, "migration.sql");
    if (!existsSync(file)) return [];
    const sql = readFileSync(file, "utf8");
    return [{ name, sql, checksum: createHash("sha256").update(sql).digest("hex") }];
  });
  if (found.length === 0) throw new MigrationError(`no migrations in ${folder}: the installation is incomplete, install it again`);
  return found;
}

/** The migrations that are still to be applied, in order. Throws a MigrationError when the database does not fit this program. */
export function outstanding(known: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const standing = applied.filter((row) => !row.rolled_back);
  for (const row of standing) {
    const migration = known.find(({ name }) => name === row.migration_name);
    if (migration === undefined) {
      throw new MigrationError(
        `the database is newer than this program (it has the migration "${row.migration_name}"): ` +
          "start the version that wrote it, or restore the backup made before that upgrade",
      );
    }
    if (!row.finished) {
      throw new MigrationError(
        `the migration "${row.migration_name}" failed half-way: restore the backup made before the upgrade, ` +
          "or repair the tables by hand and record that with `prisma migrate resolve`",
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `the migration "${row.migration_name}" was edited after it was applied: put the released migration.sql back; ` +
          "changes belong in a new migration",
      );
    }
  }
  const done = new Set(standing.map((row) => row.migration_name));
  return known.filter(({ name }) => !done.has(name));
}
