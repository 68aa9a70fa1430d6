/** Reads a page of joined messages from the log: finds which messages are new or grew, then loads all their pieces. */
import { type Message, type SessionEvent, sessionEventSchema } from "@fairlead/protocol";
import { joinMessages, MESSAGE_EVENT_TYPES } from "../domain/message-list.ts";
import type { PrismaClient } from "../storage/db.ts";

/** Event text of one page, in bytes, about: the page ends early there, with every message in it whole and at least one. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Rows of one query; at the longest possible delta this is what is held at once. */
const ROWS_AT_ONCE = 500;

interface PageQuery {
  readonly session_id: string;
  readonly after_seq: number;
  readonly limit: number;
}

const parse = (row: { readonly data: string }): SessionEvent => sessionEventSchema.parse(JSON.parse(row.data));

/** Messages whose newest part has a number above `after_seq`, sorted by that number, whole, at most `limit`. */
export async function readMessages(prisma: PrismaClient, query: PageQuery): Promise<Message[]> {
  const grown = await findGrown(prisma, query);
  const singles = await findSingles(prisma, query);
  const ends = [...grown.map((message) => message.last), ...singles.map((event) => event.seq)].sort((a, b) => a - b).slice(0, query.limit);
  const end = ends.at(-1);
  if (end === undefined) return [];
  const wanted = new Map(grown.filter((message) => message.last <= end).map((message) => [message.id, message.last]));
  const ids = [...wanted.keys()];
  const { pieces, until } = await readPieces(prisma, { session_id: query.session_id, ids, ends, end });
  // Where reading ended early, a message that ends further on has only its first pieces here; it is for the next page.
  const whole = pieces.filter((piece) => "message_id" in piece && (wanted.get(piece.message_id ?? "") ?? 0) <= until);
  return joinMessages(merge(whole, singles)).filter((message) => message.seq <= until);
}

async function findGrown(prisma: PrismaClient, { session_id, after_seq, limit }: PageQuery) {
  const groups = await prisma.sessionEvent.groupBy({
    by: ["messageId"],
    where: { sessionId: session_id, seq: { gt: after_seq }, type: "message.delta", messageId: { not: null } },
    _max: { seq: true },
    orderBy: { _max: { seq: "asc" } },
    take: limit,
  });
  return groups.flatMap(({ messageId, _max }) => (messageId === null || _max.seq === null ? [] : [{ id: messageId, last: _max.seq }]));
}

/** Events that are a message of their own; a delta without a message id is one too. Some turn out to say nothing. */
async function findSingles(prisma: PrismaClient, { session_id, after_seq, limit }: PageQuery): Promise<SessionEvent[]> {
  const rows = await prisma.sessionEvent.findMany({
    where: {
      sessionId: session_id,
      seq: { gt: after_seq },
      OR: [{ type: { in: [...MESSAGE_EVENT_TYPES] } }, { type: "message.delta", messageId: null }],
    },
    orderBy: { seq: "asc" },
    take: limit,
    select: { data: true },
  });
  return rows.map(parse);
}

interface PiecesQuery {
  readonly session_id: string;
  readonly ids: readonly string[];
  /** The newest number of each message of the page, ascending. */
  readonly ends: readonly number[];
  readonly end: number;
}

/** All deltas of these messages; `until`: messages that end at or below it are complete. */
async function readPieces(prisma: PrismaClient, query: PiecesQuery): Promise<{ pieces: SessionEvent[]; until: number }> {
  const pieces: SessionEvent[] = [];
  if (query.ids.length === 0) return { pieces, until: query.end };
  let bytes = 0;
  let at = 0;
  for (;;) {
    const rows = await prisma.sessionEvent.findMany({
      where: {
        sessionId: query.session_id,
        seq: { gt: at, lte: query.end },
        type: "message.delta",
        messageId: { in: [...query.ids] },
      },
      orderBy: { seq: "asc" },
      take: ROWS_AT_ONCE,
      select: { seq: true, data: true },
    });
    for (const row of rows) {
      pieces.push(parse(row));
      bytes += row.data.length;
      at = row.seq;
    }
    if (rows.length < ROWS_AT_ONCE) return { pieces, until: query.end };
    const first = query.ends[0] ?? 0;
    if (bytes > PAGE_BYTES && first <= at) return { pieces, until: at };
  }
}

function merge(pieces: readonly SessionEvent[], singles: readonly SessionEvent[]): SessionEvent[] {
  return [...pieces, ...singles].sort((a, b) => a.seq - b.seq);
}
