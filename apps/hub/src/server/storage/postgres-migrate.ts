/** Applies migrations to Postgres: one transaction each, under the advisory lock that Prisma's own tool takes. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { type Migration, MigrationError, outstanding, readMigrations } from "./migrator.ts";

/** The key of Prisma's migration lock. */
const LOCK = 72_707_369;

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;

/** Brings the schema up to date. Throws a MigrationError; the failed migration leaves no trace, earlier ones stay. */
export async function migratePostgres(dsn: string, folder: string): Promise<void> {
  const known = readMigrations(folder);
  const client = new pg.Client({ connectionString: dsn, application_name: "fairlead-migrate" });
  await connect(client);
  try {
    // Ends with the connection, so a process that dies while migrating leaves no lock behind.
    await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await client.query(TABLE);
    const { rows } = await client.query<{ migration_name: string; checksum: string; finished: boolean; rolled_back: boolean }>(
      `SELECT "migration_name", "checksum", "finished_at" IS NOT NULL AS "finished", "rolled_back_at" IS NOT NULL AS "rolled_back"
         FROM "_prisma_migrations"`,
    );
    for (const migration of outstanding(known, rows)) await apply(client, migration);
  } finally {
    await client.end();
  }
}

/** Says which server does not answer, without the password that stands in the connection string. */
async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    const reasons = cause instanceof AggregateError ? cause.errors : [cause];
    const reason = reasons.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join("; ");
    const where = `${client.host}:${client.port}, database "${client.database ?? ""}"`;
    throw new Error(`Postgres at ${where} cannot be used: ${reason}; check storage.dsn and that the server runs`, { cause });
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const started = new Date();
  await client.query("BEGIN");
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
         VALUES ($1, $2, $3, $4, $5, 1)`,
      [randomUUID(), checksum, name, started, new Date()],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK");
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`the migration "${name}" cannot be applied (${reason}); the database is as it was before it`, { cause });
  }
}
