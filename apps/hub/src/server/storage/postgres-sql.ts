/** Running named statements on Postgres: rows as columns, and the two expressions that carry times as milliseconds. */
import type pg from "pg";

export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

export interface NamedStatement {
  /** Prepared once per connection under this name. */
  readonly name: string;
  readonly text: string;
}

/** Runs a prepared statement. */
export async function run<R extends pg.QueryResultRow>(
  on: Queryable,
  { name, text }: NamedStatement,
  values: readonly unknown[],
): Promise<R[]> {
  const { rows } = await on.query<R>({ name, text, values: [...values] });
  return rows;
}

/** Columns are `timestamp(3)` in UTC without a zone; the session's time zone must not matter. */
export function millisOf(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

/** A float8 of milliseconds as a column's value; null stays null. */
export function timeOf(value: string): string {
  return `(timestamp 'epoch' + ${value} * interval '1 millisecond')`;
}

/** Rows → one array per column, as `unnest` wants them. */
export function columns<R>(rows: readonly R[], keys: readonly (keyof R)[]): unknown[][] {
  return keys.map((key) => rows.map((row) => row[key]));
}
