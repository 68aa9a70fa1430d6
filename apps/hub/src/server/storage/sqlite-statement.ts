/** Prepared SQLite statements with typed rows and plain numbers (Prisma asks the shared connection for BigInt by default). */
import type Database from "better-sqlite3";

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export interface Statement<R> {
  get(...values: readonly Value[]): R | undefined;
  all(...values: readonly Value[]): R[];
  iterate(...values: readonly Value[]): IterableIterator<R>;
  run(...values: readonly Value[]): { readonly changes: number };
}

/** Prepares a statement. Its numbers must be safe integers: every column it may name holds seconds, counts or milliseconds. */
export function prepare<R = Row>(database: Database.Database, sql: string): Statement<R> {
  const statement = database.prepare<Value[], R>(sql);
  statement.safeIntegers(false);
  return {
    get: (...values) => statement.get(...values),
    all: (...values) => statement.all(...values),
    iterate: (...values) => statement.iterate(...values),
    run: (...values) => statement.run(...values),
  };
}
