/** The command store's statements for Postgres. */
import type pg from "pg";
import type { CommandEngine } from "./log-engine.ts";
import { run, timeOf } from "./postgres-sql.ts";

const LATE = `"state" = 'stored' AND "expiresAt" <= ${timeOf("$1::float8")} ORDER BY "ordinal" LIMIT $2`;

const SQL = {
  pending: {
    name: "command_pending",
    text: `SELECT "ordinal", "data" FROM "RuntimeCommand" WHERE "runtimeId" = $1 AND "state" IN ('stored', 'delivered') AND "ordinal" > $2
      AND NOT ("state" = 'stored' AND "expiresAt" IS NOT NULL AND "expiresAt" <= ${timeOf("$3::float8")}) ORDER BY "ordinal" LIMIT $4`,
  },
  command: { name: "command_get", text: `SELECT "data" FROM "RuntimeCommand" WHERE "id" = $1 AND "runtimeId" = $2` },
  move: {
    name: "command_move",
    text: `UPDATE "RuntimeCommand" SET "state" = $1, "error" = $2 WHERE "id" = $3 AND "runtimeId" = $4 AND "state" = ANY($5::text[]) RETURNING "data"`,
  },
  overdue: { name: "command_overdue", text: `SELECT "data" FROM "RuntimeCommand" WHERE ${LATE}` },
  expire: {
    name: "command_expire",
    text: `UPDATE "RuntimeCommand" SET "state" = 'expired' WHERE "ordinal" IN
      (SELECT "ordinal" FROM "RuntimeCommand" WHERE ${LATE} FOR UPDATE SKIP LOCKED) RETURNING "data", "ordinal"`,
  },
} as const;

/** The engine over a pool whose database is migrated. */
export function createPostgresCommands(pool: pg.Pool): CommandEngine {
  return {
    pending: ({ runtimeId, after, limit, now }) => run(pool, SQL.pending, [runtimeId, after, now, limit]),
    command: async (runtimeId, id) => (await run<{ data: string }>(pool, SQL.command, [id, runtimeId]))[0],
    move: async ({ runtimeId, id, from, to, error }) => (await run<{ data: string }>(pool, SQL.move, [to, error, id, runtimeId, from]))[0],
    overdue: async (now, limit) => (await run<{ data: string }>(pool, SQL.overdue, [now, limit])).map(({ data }) => data),
    async expire(now, limit) {
      const rows = await run<{ data: string; ordinal: number }>(pool, SQL.expire, [now, limit]);
      return rows.sort((a, b) => a.ordinal - b.ordinal).map(({ data }) => data);
    },
  };
}
