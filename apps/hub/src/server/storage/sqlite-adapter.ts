/**
 * Prisma's SQLite adapter over a connection that the hot path shares. The stock adapter lets statements from outside join
 * whatever transaction is open, so that they vanish when it rolls back; here they wait for it. It also ends a transaction that
 * was left open by an error at COMMIT.
 */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, Transaction } from "@prisma/driver-adapter-utils";
import type Database from "better-sqlite3";
import { type Checkpointer, createCheckpointer } from "./sqlite-checkpoint.ts";
import { createGate, type Gate } from "./sqlite-gate.ts";

export interface SqliteConnection {
  readonly database: Database.Database;
  readonly gate: Gate;
  readonly checkpointer: Checkpointer;
  /** For `new PrismaClient({ adapter })`. */
  readonly factory: SqlDriverAdapterFactory;
}

/** Opens (or creates) the file. Times are stored as milliseconds since the epoch. */
export async function openSqliteConnection(file: string): Promise<SqliteConnection> {
  const stock = await new PrismaBetterSqlite3({ url: file, timeout: 5_000 }, { timestampFormat: "unixepoch-ms" }).connect();
  const database = clientOf(stock);
  try {
    configure(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const gate = createGate();
  const adapter = guard(stock, database, gate);
  return {
    database,
    gate,
    checkpointer: createCheckpointer(file, gate),
    factory: { provider: "sqlite", adapterName: stock.adapterName, connect: async () => adapter },
  };
}

function configure(database: Database.Database): void {
  database.pragma("journal_mode = WAL");
  // In WAL mode NORMAL survives the death of the process; a power cut may take the last commits. FULL would wait for the disk at
  // each commit, and with it every socket of the hub, because SQLite works in this thread.
  database.pragma("synchronous = NORMAL");
  database.pragma("foreign_keys = ON");
  // Moving the WAL into the file waits for the disk (220 ms for 32 MB), so a thread does it; here only if that falls 256 MB behind.
  database.pragma("wal_autocheckpoint = 64000");
  // The log's file keeps its size up to that bound: cutting it back may wait for the disk, and growing again does.
  database.pragma("journal_size_limit = 268435456");
  database.pragma("cache_size = -65536");
}

/** The adapter keeps its connection in a property that its types do not show. */
function clientOf(adapter: SqlDriverAdapter): Database.Database {
  const { client } = adapter as unknown as { client?: Database.Database };
  if (client === undefined || typeof client.pragma !== "function") {
    throw new Error("this version of @prisma/adapter-better-sqlite3 does not expose its connection");
  }
  return client;
}

function guard(stock: SqlDriverAdapter, database: Database.Database, gate: Gate): SqlDriverAdapter {
  // The adapter runs each statement synchronously inside the call, so the gate may close again as soon as the call returns.
  const queued =
    <T>(work: () => Promise<T>) =>
    async (): Promise<T> =>
      await (await gate.run(() => ({ result: work() }))).result;
  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    queryRaw: (query: SqlQuery) => queued(() => stock.queryRaw(query))(),
    executeRaw: (query: SqlQuery) => queued(() => stock.executeRaw(query))(),
    executeScript: (script: string) => queued(() => stock.executeScript(script))(),
    startTransaction: () => begin(stock, database, gate),
    getConnectionInfo: () => ({ supportsRelationJoins: false }),
    // The connection belongs to whoever opened it: the hot path may still need it when Prisma disconnects.
    dispose: async () => undefined,
  };
}

async function begin(stock: SqlDriverAdapter, database: Database.Database, gate: Gate): Promise<Transaction> {
  const release = await gate.acquire();
  try {
    // IMMEDIATE: a plain BEGIN that later has to write fails at once when another process wrote in between.
    await stock.executeRaw({ sql: "BEGIN IMMEDIATE", args: [], argTypes: [] });
  } catch (error) {
    release();
    throw error;
  }
  const end = async (): Promise<void> => {
    try {
      if (database.inTransaction) database.exec("ROLLBACK");
    } finally {
      release();
    }
  };
  const savepoint = async (sql: string): Promise<void> => {
    await stock.executeRaw({ sql, args: [], argTypes: [] });
  };
  return {
    provider: stock.provider,
    adapterName: stock.adapterName,
    options: { usePhantomQuery: false },
    queryRaw: (query) => stock.queryRaw(query),
    executeRaw: (query) => stock.executeRaw(query),
    commit: end,
    rollback: end,
    createSavepoint: (name) => savepoint(`SAVEPOINT ${name}`),
    rollbackToSavepoint: (name) => savepoint(`ROLLBACK TO ${name}`),
    releaseSavepoint: (name) => savepoint(`RELEASE SAVEPOINT ${name}`),
  };
}
