/** The event log's statements for Postgres: rows are locked in id order, and each table is written by one statement per group. */
import type pg from "pg";
import type {
  Facts,
  LogEngine,
  Needs,
  NewSessionRow,
  PageQuery,
  Posted,
  SessionRow,
  SessionUpdate,
  Undelivered,
  Writes,
} from "./log-engine.ts";
import { postedKey } from "./log-engine.ts";
import { writeApprovals } from "./postgres-approvals.ts";
import { columns, millisOf, run, timeOf } from "./postgres-sql.ts";

const SESSION_COLUMNS = `s."id", s."userId", s."endpointId", e."localId" AS "localEndpointId", s."runtimeId", e."profile", s."lastSeq",
  s."state", s."ingestStream", s."ingestOrdinal", ${millisOf('s."createdAt"')} AS "createdAt", ${millisOf('s."updatedAt"')} AS "updatedAt"`;
const SESSION_FROM = `SELECT ${SESSION_COLUMNS} FROM "Session" s JOIN "Endpoint" e ON e."id" = s."endpointId"`;

const SQL = {
  // In id order, so that two hubs never wait for each other in a ring.
  lock: { name: "log_lock", text: `${SESSION_FROM} WHERE s."id" = ANY($1::text[]) ORDER BY s."id" FOR UPDATE OF s` },
  session: { name: "log_session", text: `${SESSION_FROM} WHERE s."id" = $1` },
  posted: {
    name: "log_posted",
    text: `SELECT v."sessionId", v."postedId", v."seq", coalesce(v."turnId", '') AS "turn_id"
      FROM unnest($1::text[], $2::text[]) AS k("sessionId", "postedId")
      JOIN "SessionEvent" v ON v."sessionId" = k."sessionId" AND v."postedId" = k."postedId"`,
  },
  // Locked too: a runtime's acknowledgement must not slip in between the decision and its withdrawal.
  undelivered: {
    name: "log_undelivered",
    text: `SELECT "sessionId", "id", "kind", "turnId" AS "turn_id" FROM "RuntimeCommand"
      WHERE "sessionId" = ANY($1::text[]) AND "state" = 'stored' ORDER BY "ordinal" FOR UPDATE`,
  },
  created: {
    name: "log_created",
    text: `INSERT INTO "Session" ("id", "userId", "endpointId", "runtimeId", "kind", "title", "titleLower", "lastSeq", "state", "activity",
        "closedReason", "queued", "createdAt", "updatedAt")
      SELECT n."id", n."userId", n."endpointId", n."runtimeId", n."kind", n."title", n."titleLower", n."lastSeq", n."state", n."activity",
        n."closedReason", n."queued", ${timeOf('n."at"')}, ${timeOf('n."at"')}
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int4[], $9::text[], $10::text[],
        $11::text[], $12::int4[], $13::float8[])
      AS n("id", "userId", "endpointId", "runtimeId", "kind", "title", "titleLower", "lastSeq", "state", "activity", "closedReason", "queued", "at")`,
  },
  events: {
    name: "log_events",
    text: `INSERT INTO "SessionEvent" ("sessionId", "seq", "type", "turnId", "messageId", "postedId", "data")
      SELECT * FROM unnest($1::text[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`,
  },
  updated: {
    name: "log_updated",
    text: `UPDATE "Session" s SET "lastSeq" = n."lastSeq", "ingestStream" = n."stream", "ingestOrdinal" = n."ordinal",
        "updatedAt" = coalesce(${timeOf('n."at"')}, s."updatedAt"), "title" = coalesce(n."title", s."title"), "titleLower" = coalesce(n."lower", s."titleLower"),
        "state" = coalesce(n."state", s."state"), "activity" = coalesce(n."activity", s."activity"),
        "closedReason" = CASE WHEN n."state" IS NULL THEN s."closedReason" ELSE n."closed" END,
        "queued" = coalesce(n."queued", s."queued")
      FROM unnest($1::text[], $2::int4[], $3::text[], $4::int4[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::int4[])
      AS n("id", "lastSeq", "stream", "ordinal", "at", "title", "lower", "state", "activity", "closed", "queued") WHERE s."id" = n."id"`,
  },
  commands: {
    name: "log_commands",
    text: `INSERT INTO "RuntimeCommand" ("id", "runtimeId", "sessionId", "kind", "turnId", "data", "state", "expiresAt", "createdAt")
      SELECT n."id", n."runtimeId", n."sessionId", n."kind", n."turnId", n."data", 'stored', ${timeOf('n."expires"')}, ${timeOf('n."at"')}
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[])
        WITH ORDINALITY AS n("id", "runtimeId", "sessionId", "kind", "turnId", "data", "expires", "at", "place") ORDER BY n."place"`,
  },
  ended: {
    name: "log_ended",
    text: `UPDATE "RuntimeCommand" c SET "state" = n."state" FROM unnest($1::text[], $2::text[], $3::text[]) AS n("id", "sessionId", "state")
      WHERE c."id" = n."id" AND c."sessionId" = n."sessionId" AND c."state" = 'stored' RETURNING c."id"`,
  },
  // The bound counts the bytes before a row, so that at least one row comes back.
  after: {
    name: "log_after",
    text: `SELECT "data" FROM (SELECT "data", "seq", sum(octet_length("data")) OVER (ORDER BY "seq") - octet_length("data") AS "before"
        FROM (SELECT "data", "seq" FROM "SessionEvent" WHERE "sessionId" = $1 AND "seq" > $2 ORDER BY "seq" LIMIT $3) p) w
      WHERE "before" < $4 ORDER BY "seq"`,
  },
  before: {
    name: "log_before",
    text: `SELECT "data" FROM (SELECT "data", "seq", sum(octet_length("data")) OVER (ORDER BY "seq" DESC) - octet_length("data") AS "before"
        FROM (SELECT "data", "seq" FROM "SessionEvent" WHERE "sessionId" = $1 AND "seq" < $2 ORDER BY "seq" DESC LIMIT $3) p) w
      WHERE "before" < $4 ORDER BY "seq"`,
  },
  heads: { name: "log_heads", text: `SELECT "id", "lastSeq" FROM "Session" WHERE "id" = ANY($1::text[])` },
  positions: {
    name: "log_positions",
    text: `SELECT "id", "ingestStream" AS "stream", "ingestOrdinal" AS "ordinal" FROM "Session"
      WHERE "runtimeId" = $1 AND "id" = ANY($2::text[])`,
  },
  purge: {
    name: "log_purge",
    text: `DELETE FROM "Session" WHERE "id" IN (SELECT "id" FROM "Session" WHERE "activity" = 'closed' AND "updatedAt" < ${timeOf("$1::float8")}
        AND ("closedReason" <> 'idle' OR $2::boolean) ORDER BY "updatedAt" LIMIT $3 FOR UPDATE SKIP LOCKED)
      RETURNING "id", "userId" AS "user_id"`,
  },
} as const;

/** The engine over a pool whose database is migrated. */
export function createPostgresLog(pool: pg.Pool): LogEngine {
  const headOf = async (id: string): Promise<number> => (await heads([id])).get(id) ?? 0;
  const heads = async (ids: readonly string[]): Promise<Map<string, number>> =>
    new Map((await run<{ id: string; lastSeq: number }>(pool, SQL.heads, [ids])).map(({ id, lastSeq }) => [id, lastSeq]));
  const page = async (statement: typeof SQL.after | typeof SQL.before, query: PageQuery) => {
    const rows = await run<{ data: string }>(pool, statement, [query.sessionId, query.seq, query.limit, query.maxBytes]);
    // The head is asked for afterwards, so that it is never older than the last event of the page.
    return { head: await headOf(query.sessionId), events: rows.map(({ data }) => data) };
  };

  return {
    transact: (needs, plan) => inTransaction(pool, async (client) => await write(client, plan(await readFacts(client, needs)))),
    session: async (id) => (await run<SessionRow>(pool, SQL.session, [id]))[0],
    after: (query) => page(SQL.after, query),
    before: (query) => page(SQL.before, query),
    heads,
    async positions(runtimeId, ids) {
      const rows = await run<{ id: string; stream: string | null; ordinal: number }>(pool, SQL.positions, [runtimeId, ids]);
      return new Map(rows.map(({ id, stream, ordinal }) => [id, { stream, ordinal }]));
    },
    purge: (before, limit, includeSuspended) => run(pool, SQL.purge, [before, includeSuspended, limit]),
    faultOf,
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    });
    throw error;
  } finally {
    client.removeListener("error", onError);
    client.release(broken);
  }
}

async function readFacts(client: pg.PoolClient, needs: Needs): Promise<Facts> {
  const sessions = await run<SessionRow>(client, SQL.lock, [needs.sessions]);
  const posted = new Map<string, Posted>();
  if (needs.posted.length > 0) {
    const keys = [needs.posted.map(({ sessionId }) => sessionId), needs.posted.map(({ messageId }) => messageId)];
    const rows = await run<Posted & { sessionId: string; postedId: string }>(client, SQL.posted, keys);
    for (const { sessionId, postedId, seq, turn_id } of rows) posted.set(postedKey(sessionId, postedId), { seq, turn_id });
  }
  const undelivered = new Map<string, Undelivered[]>();
  if (needs.undelivered.length > 0) {
    const rows = await run<Undelivered & { sessionId: string }>(client, SQL.undelivered, [needs.undelivered]);
    for (const { sessionId, id, kind, turn_id } of rows) {
      undelivered.set(sessionId, [...(undelivered.get(sessionId) ?? []), { id, kind, turn_id }]);
    }
  }
  return { sessions: new Map(sessions.map((row) => [row.id, row])), posted, undelivered };
}

async function write(client: pg.PoolClient, writes: Writes): Promise<Set<string>> {
  const { created, events, updated, commands, ended } = writes;
  if (created.length > 0) await run(client, SQL.created, columns(created, CREATED));
  if (events.length > 0) await run(client, SQL.events, columns(events, EVENT));
  if (updated.length > 0) await run(client, SQL.updated, updateColumns(updated));
  if (commands.length > 0) await run(client, SQL.commands, columns(commands, COMMAND));
  await writeApprovals(client, writes);
  if (ended.length === 0) return new Set();
  const rows = await run<{ id: string }>(client, SQL.ended, columns(ended, ["id", "sessionId", "state"]));
  return new Set(rows.map(({ id }) => id));
}

const PROJECTION = ["title", "titleLower", "state", "activity", "closedReason", "queued"] as const;
const EVENT = ["sessionId", "seq", "type", "turnId", "messageId", "postedId", "data"] as const;
const COMMAND = ["id", "runtimeId", "sessionId", "kind", "turnId", "data", "expiresAt", "createdAt"] as const;
const CREATED = [
  "id",
  "userId",
  "endpointId",
  "runtimeId",
  "kind",
  "title",
  "titleLower",
  "lastSeq",
  "state",
  "activity",
  "closedReason",
  "queued",
  "createdAt",
] as const satisfies readonly (keyof NewSessionRow)[];

function updateColumns(rows: readonly SessionUpdate[]): unknown[][] {
  const place = columns(rows, ["id", "lastSeq", "ingestStream", "ingestOrdinal"]);
  return [
    ...place,
    rows.map(({ updatedAt }) => updatedAt ?? null),
    ...PROJECTION.map((key) => rows.map(({ projection }) => projection?.[key] ?? null)),
  ];
}

function faultOf(error: unknown): ReturnType<LogEngine["faultOf"]> {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "23505") return "conflict";
  if (code === "23503") return "missing";
  // Faulty data (22), constraints (23), deadlocks and the like (40): undone whole, so that each entry may be tried alone.
  if (/^(?:22|23|40)[0-9A-Z]{3}$/.test(code)) return "statement";
  // Our own errors have no such code; everything else came from the driver or the network.
  return "database";
}
