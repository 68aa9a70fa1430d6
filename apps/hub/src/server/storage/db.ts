/** Opens the database: the one place that knows which one it is. Everything else sees `Db`. */
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { Bus } from "../bus/bus.ts";
import type { CommandStore, EventLog } from "./contract.ts";
import { openPostgres } from "./postgres-db.ts";
import { openSqlite } from "./sqlite-db.ts";

/** The Prisma client of both databases. Times are `Date`; filter only by what both understand (no `mode`, no JSON paths). */
export type { PrismaClient } from "../../../generated/sqlite/client.ts";

export interface Db {
  readonly dialect: "sqlite" | "postgres";
  /** For everything that is mere state. Inside `$transaction(async (tx) => …)` use only `tx`: the outer client waits for it. */
  readonly prisma: PrismaClient;
  readonly log: EventLog;
  readonly commands: CommandStore;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** Waits for what is being written, then lets the database go. May be called again. */
  close(): Promise<void>;
}

export interface OpenDbOptions {
  readonly driver: "sqlite" | "postgres";
  /** The SQLite file (its folder is created), or a Postgres connection string. */
  readonly dsn: string;
  /** The folder that holds `prisma/`, where the migrations are. */
  readonly root: string;
  /** Where commits are announced. */
  readonly bus: Bus;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Opens the database and applies outstanding migrations. Throws an Error for people when it cannot. */
export async function openDb(options: OpenDbOptions): Promise<Db> {
  const db = options.driver === "sqlite" ? await openSqlite(options) : await openPostgres(options);
  let closing: Promise<void> | undefined;
  return {
    ...db,
    close() {
      closing ??= db.close();
      return closing;
    },
  };
}
