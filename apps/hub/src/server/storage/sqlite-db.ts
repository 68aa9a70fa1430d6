/** The SQLite database: one file, one connection, shared by Prisma and the prepared statements of the hot path. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createCommandStore } from "./command-store.ts";
import type { Db, OpenDbOptions } from "./db.ts";
import { createEventLog } from "./event-log.ts";
import { openSqliteConnection, type SqliteConnection } from "./sqlite-adapter.ts";
import { createSqliteCommands } from "./sqlite-commands.ts";
import { createSqliteLog } from "./sqlite-log.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";
import { prepare } from "./sqlite-statement.ts";

/** Opens the file (`file:` in front is allowed), creating it and its folder if need be. */
export async function openSqlite({ dsn, root, bus, now = Date.now }: OpenDbOptions): Promise<Db> {
  const file = resolve(dsn.replace(/^(?:sqlite:|file:)(?:\/\/)?/, ""));
  const connection = await openFile(file);
  const { database, gate, checkpointer } = connection;
  try {
    migrateSqlite(database, join(root, "prisma", "migrations"));
    const prisma = new PrismaClient({ adapter: connection.factory });
    const log = createEventLog({ engine: createSqliteLog(connection), bus, now });
    const alive = prepare(database, 'SELECT 1 FROM "_prisma_migrations" LIMIT 1');
    return {
      dialect: "sqlite",
      prisma,
      log,
      commands: createCommandStore(createSqliteCommands(connection), now),
      async ping() {
        await gate.run(() => alive.get());
      },
      async close() {
        await log.close();
        await prisma.$disconnect();
        await checkpointer.close();
        await gate.run(() => database.close());
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function openFile(file: string): Promise<SqliteConnection> {
  try {
    // Conversations and password hashes are nobody else's to read; SQLite gives its further files the mode of this one.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    return await openSqliteConnection(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the database file ${file} cannot be used: ${reason}; check storage.dsn and who owns that folder`, { cause });
  }
}
