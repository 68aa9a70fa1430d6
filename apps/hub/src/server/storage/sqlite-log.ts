/** The event log's statements for SQLite: prepared once, run synchronously, one IMMEDIATE transaction per group. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type Database from "better-sqlite3";
import type {
  EventRow,
  Facts,
  LogEngine,
  NewSessionRow,
  PageQuery,
  Posted,
  SessionRow,
  SessionUpdate,
  Undelivered,
  Writes,
} from "./log-engine.ts";
import { postedKey } from "./log-engine.ts";
import type { SqliteConnection } from "./sqlite-adapter.ts";
import { approvalWriter } from "./sqlite-approvals.ts";
import { prepare, type Row } from "./sqlite-statement.ts";

const SESSION_COLUMNS = `s."id", s."userId", s."endpointId", e."localId" AS "localEndpointId", s."runtimeId", e."profile", s."lastSeq",
  s."state", s."ingestStream", s."ingestOrdinal", s."createdAt", s."updatedAt"`;

type SessionSqlRow = SessionRow & Row;

/** The engine over an open connection whose migrations are applied. */
export function createSqliteLog({ database, gate, checkpointer }: SqliteConnection): LogEngine {
  const begin = prepare(database, "BEGIN IMMEDIATE");
  const end = prepare(database, "COMMIT");
  const session = prepare<SessionSqlRow>(
    database,
    `SELECT ${SESSION_COLUMNS} FROM "Session" s JOIN "Endpoint" e ON e."id" = s."endpointId" WHERE s."id" = ?`,
  );
  const facts = factReader(database, session);
  const write = writer(database);
  const pages = pageReader(database);
  const positionOf = prepare<{ stream: string | null; ordinal: number }>(
    database,
    `SELECT "ingestStream" AS "stream", "ingestOrdinal" AS "ordinal" FROM "Session" WHERE "id" = ? AND "runtimeId" = ?`,
  );
  const old = `"activity" = 'closed' AND "updatedAt" < ? AND ("closedReason" <> 'idle' OR ?)`;
  const purgeable = prepare<{ id: string }>(database, `SELECT "id" FROM "Session" WHERE ${old} ORDER BY "updatedAt" LIMIT ?`);
  const purgeOne = prepare<{ id: string; user_id: string }>(
    database,
    `DELETE FROM "Session" WHERE "id" = ? AND ${old} RETURNING "id", "userId" AS "user_id"`,
  );

  return {
    transact: (needs, plan) =>
      gate.run(() => {
        begin.run();
        try {
          const writes = plan(facts(needs));
          const ended = write(writes);
          end.run();
          checkpointer.committed(writes.events.reduce((size, { data }) => size + data.length, 0));
          return ended;
        } finally {
          // Also after a COMMIT that failed: the connection must not stay in a transaction that others would join.
          if (database.inTransaction) database.exec("ROLLBACK");
        }
      }),
    session: (id) => gate.run(() => session.get(id)),
    after: (query) => gate.run(() => pages.after(query)),
    before: (query) => gate.run(() => pages.before(query)),
    heads: (ids) => gate.run(() => new Map(ids.flatMap((id) => pages.head(id).map((head): [string, number] => [id, head])))),
    positions: (runtimeId, ids) =>
      gate.run(() => {
        const found = ids.map((id) => ({ id, row: positionOf.get(id, runtimeId) }));
        return new Map(found.flatMap(({ id, row }) => (row === undefined ? [] : [[id, { stream: row.stream, ordinal: row.ordinal }]])));
      }),
    async purge(before, limit, includeSuspended) {
      const suspended = includeSuspended ? 1 : 0;
      const gone: { id: string; user_id: string }[] = [];
      for (const { id } of await gate.run(() => purgeable.all(before, suspended, limit))) {
        gone.push(...(await gate.run(() => purgeOne.all(id, before, suspended))));
        // A long log takes a while; let the sockets be served between two.
        await nextTurn();
      }
      return gone;
    },
    faultOf,
  };
}

function factReader(database: Database.Database, session: { get(id: string): SessionSqlRow | undefined }) {
  const posted = prepare<Posted & Row>(
    database,
    `SELECT "seq", coalesce("turnId", '') AS "turn_id" FROM "SessionEvent" WHERE "sessionId" = ? AND "postedId" = ?`,
  );
  const undelivered = prepare<Undelivered & Row>(
    database,
    `SELECT "id", "kind", "turnId" AS "turn_id" FROM "RuntimeCommand" WHERE "sessionId" = ? AND "state" = 'stored' ORDER BY "ordinal"`,
  );
  return (needs: Parameters<LogEngine["transact"]>[0]): Facts => ({
    sessions: new Map(needs.sessions.flatMap((id) => entryOf(id, session.get(id)))),
    posted: new Map(
      needs.posted.flatMap(({ sessionId, messageId }) => entryOf(postedKey(sessionId, messageId), posted.get(sessionId, messageId))),
    ),
    undelivered: new Map(needs.undelivered.map((id) => [id, undelivered.all(id)])),
  });
}

function entryOf<T>(key: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[key, value]];
}

function writer(database: Database.Database): (writes: Writes) => Set<string> {
  const created = prepare(
    database,
    `INSERT INTO "Session" ("id", "userId", "endpointId", "runtimeId", "kind", "title", "titleLower", "lastSeq", "state", "activity",
       "closedReason", "queued", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const event = prepare(
    database,
    `INSERT INTO "SessionEvent" ("sessionId", "seq", "type", "turnId", "messageId", "postedId", "data") VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const moved = prepare(database, `UPDATE "Session" SET "lastSeq" = ?, "ingestStream" = ?, "ingestOrdinal" = ? WHERE "id" = ?`);
  const touched = prepare(database, `UPDATE "Session" SET "updatedAt" = ? WHERE "id" = ?`);
  const projected = prepare(
    database,
    `UPDATE "Session" SET "title" = ?, "titleLower" = ?, "state" = ?, "activity" = ?, "closedReason" = ?, "queued" = ? WHERE "id" = ?`,
  );
  const command = prepare(
    database,
    `INSERT INTO "RuntimeCommand" ("id", "runtimeId", "sessionId", "kind", "turnId", "data", "state", "expiresAt", "createdAt")
       VALUES (?, ?, ?, ?, ?, ?, 'stored', ?, ?)`,
  );
  const ended = prepare(database, `UPDATE "RuntimeCommand" SET "state" = ? WHERE "id" = ? AND "sessionId" = ? AND "state" = 'stored'`);

  const insertEvent = (row: EventRow) => event.run(row.sessionId, row.seq, row.type, row.turnId, row.messageId, row.postedId, row.data);
  const insertSession = (row: NewSessionRow) => {
    const { id, userId, endpointId, runtimeId, kind, title, titleLower, lastSeq, state, activity, closedReason, queued, createdAt } = row;
    const texts = [id, userId, endpointId, runtimeId, kind, title, titleLower] as const;
    created.run(...texts, lastSeq, state, activity, closedReason, queued, createdAt, createdAt);
  };
  const update = ({ id, lastSeq, ingestStream, ingestOrdinal, updatedAt, projection }: SessionUpdate) => {
    moved.run(lastSeq, ingestStream, ingestOrdinal, id);
    if (updatedAt !== undefined) touched.run(updatedAt, id);
    if (projection === undefined) return;
    const { title, titleLower, state, activity, closedReason, queued } = projection;
    projected.run(title, titleLower, state, activity, closedReason, queued, id);
  };

  const approvals = approvalWriter(database);

  return (writes) => {
    for (const row of writes.created) insertSession(row);
    for (const row of writes.events) insertEvent(row);
    for (const row of writes.updated) update(row);
    for (const row of writes.commands) {
      command.run(row.id, row.runtimeId, row.sessionId, row.kind, row.turnId, row.data, row.expiresAt, row.createdAt);
    }
    approvals(writes);
    const changed = writes.ended.filter(({ id, sessionId, state }) => ended.run(state, id, sessionId).changes > 0);
    return new Set(changed.map(({ id }) => id));
  };
}

function pageReader(database: Database.Database) {
  const headOf = prepare<{ lastSeq: number }>(database, `SELECT "lastSeq" FROM "Session" WHERE "id" = ?`);
  const after = prepare<{ data: string }>(
    database,
    `SELECT "data" FROM "SessionEvent" WHERE "sessionId" = ? AND "seq" > ? ORDER BY "seq" LIMIT ?`,
  );
  const before = prepare<{ data: string }>(
    database,
    `SELECT "data" FROM "SessionEvent" WHERE "sessionId" = ? AND "seq" < ? ORDER BY "seq" DESC LIMIT ?`,
  );
  const head = (id: string): number[] => {
    const row = headOf.get(id);
    return row === undefined ? [] : [row.lastSeq];
  };
  const page = (statement: typeof after, { sessionId, seq, limit, maxBytes }: PageQuery): string[] => {
    const events: string[] = [];
    let bytes = 0;
    for (const { data } of statement.iterate(sessionId, seq, limit)) {
      events.push(data);
      bytes += Buffer.byteLength(data);
      if (bytes >= maxBytes) break;
    }
    return events;
  };
  return {
    head,
    after: (query: PageQuery) => ({ events: page(after, query), head: head(query.sessionId)[0] ?? 0 }),
    before: (query: PageQuery) => ({ events: page(before, query).reverse(), head: head(query.sessionId)[0] ?? 0 }),
  };
}

function faultOf(error: unknown): ReturnType<LogEngine["faultOf"]> {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY") return "conflict";
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY") return "missing";
  if (code.startsWith("SQLITE_CONSTRAINT") || !code.startsWith("SQLITE_")) return "statement";
  return "database";
}
