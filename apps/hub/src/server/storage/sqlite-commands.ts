/** The command store's statements for SQLite. */
import type { CommandEngine } from "./log-engine.ts";
import type { SqliteConnection } from "./sqlite-adapter.ts";
import { prepare } from "./sqlite-statement.ts";

/** The engine over an open connection whose migrations are applied. */
export function createSqliteCommands({ database, gate }: SqliteConnection): CommandEngine {
  const pending = prepare<{ ordinal: number; data: string }>(
    database,
    `SELECT "ordinal", "data" FROM "RuntimeCommand" WHERE "runtimeId" = ? AND "state" IN ('stored', 'delivered') AND "ordinal" > ?
       AND NOT ("state" = 'stored' AND "expiresAt" IS NOT NULL AND "expiresAt" <= ?) ORDER BY "ordinal" LIMIT ?`,
  );
  const command = prepare<{ data: string }>(database, `SELECT "data" FROM "RuntimeCommand" WHERE "id" = ? AND "runtimeId" = ?`);
  const move = prepare<{ data: string }>(
    database,
    `UPDATE "RuntimeCommand" SET "state" = ?, "error" = ? WHERE "id" = ? AND "runtimeId" = ?
       AND "state" IN (SELECT "value" FROM json_each(?)) RETURNING "data"`,
  );
  const late = `"state" = 'stored' AND "expiresAt" <= ? ORDER BY "ordinal" LIMIT ?`;
  const overdue = prepare<{ data: string }>(database, `SELECT "data" FROM "RuntimeCommand" WHERE ${late}`);
  const expire = prepare<{ data: string; ordinal: number }>(
    database,
    `UPDATE "RuntimeCommand" SET "state" = 'expired' WHERE "ordinal" IN (SELECT "ordinal" FROM "RuntimeCommand" WHERE ${late})
       RETURNING "data", "ordinal"`,
  );

  return {
    pending: ({ runtimeId, after, limit, now }) => gate.run(() => pending.all(runtimeId, after, now, limit)),
    command: (runtimeId, id) => gate.run(() => command.get(id, runtimeId)),
    move: ({ runtimeId, id, from, to, error }) => gate.run(() => move.all(to, error, id, runtimeId, JSON.stringify(from))[0]),
    overdue: (now, limit) => gate.run(() => overdue.all(now, limit).map(({ data }) => data)),
    expire: (now, limit) =>
      gate.run(() =>
        expire
          .all(now, limit)
          .sort((a, b) => a.ordinal - b.ordinal)
          .map(({ data }) => data),
      ),
  };
}
