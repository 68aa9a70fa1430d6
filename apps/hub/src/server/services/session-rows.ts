/** Reading session rows and showing them the way people see them. */
import { profileSchema, type Session, sessionActivitySchema, sessionSchema } from "@fairlead/protocol";
import type { Prisma, PrismaClient } from "../../../generated/sqlite/client.ts";

export const withEndpoint = { endpoint: { select: { name: true, profile: true } } } satisfies Prisma.SessionInclude;
export type SessionRow = Prisma.SessionGetPayload<{ include: typeof withEndpoint }>;

const withReaders = { ...withEndpoint, shares: { select: { userId: true } } } satisfies Prisma.SessionInclude;

/** A row as the policies see it. */
export interface OwnedRow {
  readonly user_id: string;
  readonly readers: readonly string[];
  readonly row: SessionRow;
}

export async function findSessionRow(prisma: PrismaClient, id: string): Promise<OwnedRow | undefined> {
  const row = await prisma.session.findUnique({ where: { id }, include: withReaders });
  return row === null ? undefined : { user_id: row.userId, readers: row.shares.map(({ userId }) => userId), row };
}

export function toSession(row: SessionRow): Session {
  const closedReason = sessionSchema.shape.closed_reason.parse(row.closedReason);
  // Being suspended, or closed by oneself, is no news; being closed by an admin is.
  const newest = closedReason === "idle" || closedReason === "user" ? row.lastSeq - 1 : row.lastSeq;
  return {
    id: row.id,
    endpoint_id: row.endpointId,
    endpoint_name: row.endpoint.name,
    runtime_id: row.runtimeId,
    profile: profileSchema.parse(row.endpoint.profile),
    kind: sessionSchema.shape.kind.parse(row.kind),
    user_id: row.userId,
    title: row.title,
    state: sessionActivitySchema.parse(row.activity),
    closed_reason: closedReason,
    queued: row.queued,
    last_seq: row.lastSeq,
    read_seq: row.readSeq,
    // The first event says only that the session exists, which its creator knows; a terminal says what it has to say on its screen.
    unread: newest > Math.max(row.readSeq, 1) && (row.kind !== "terminal" || closedReason === "admin"),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
