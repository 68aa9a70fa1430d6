/** The Postgres database: Prisma for state, and a small pool of its own for the hot path. */
import { join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient as PostgresClient } from "../../../generated/postgres/client.ts";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createCommandStore } from "./command-store.ts";
import type { Db, OpenDbOptions } from "./db.ts";
import { createEventLog } from "./event-log.ts";
import { createPostgresCommands } from "./postgres-commands.ts";
import { createPostgresLog } from "./postgres-log.ts";
import { migratePostgres } from "./postgres-migrate.ts";

/** Connections of the hot path: one writes, the others read pages. Prisma has its own. */
const LOG_CONNECTIONS = 4;
const PRISMA_CONNECTIONS = 10;
/** How long to wait for a connection (ms) before an operation fails. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects to the server named by the connection string; the database must exist. */
export async function openPostgres({ dsn, root, bus, now = Date.now }: OpenDbOptions): Promise<Db> {
  await migratePostgres(dsn, join(root, "prisma", "postgres", "migrations"));
  const shared = { connectionString: dsn, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true };
  const pool = new pg.Pool({ ...shared, max: LOG_CONNECTIONS, application_name: "fairlead-log" });
  // An idle connection that breaks is replaced at the next use; without a listener its error would end the process.
  pool.on("error", () => undefined);
  const client = new PostgresClient({ adapter: new PrismaPg({ ...shared, max: PRISMA_CONNECTIONS, application_name: "fairlead" }) });
  const log = createEventLog({ engine: createPostgresLog(pool), bus, now });
  return {
    dialect: "postgres",
    // Both clients are made from the same models; only their SQL differs.
    prisma: client as unknown as PrismaClient,
    log,
    commands: createCommandStore(createPostgresCommands(pool), now),
    async ping() {
      await pool.query("SELECT 1");
    },
    async close() {
      await log.close();
      await client.$disconnect();
      await pool.end();
    },
  };
}
