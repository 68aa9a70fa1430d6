/** Reading approval rows, alone and in pages, and showing them the way people see them. */
import { type Approval, approvalAnswersSchema, approvalRequestedSchema, approvalSchema, ruleTextSchema } from "@fairlead/protocol";
import type { Prisma, PrismaClient } from "../../../generated/sqlite/client.ts";

const withNames = {
  session: { select: { title: true, endpoint: { select: { name: true } }, runtime: { select: { name: true } } } },
} satisfies Prisma.ApprovalInclude;
export type ApprovalRow = Prisma.ApprovalGetPayload<{ include: typeof withNames }>;

/** Text of one page, in characters, about: what agents ask may be long, so that a page may end early, with at least one row in it. */
const PAGE_CHARS = 4 * 1024 * 1024;
/** Rows of one query; at the longest possible request this is what is held at once. */
const ROWS_AT_ONCE = 25;

const NEWEST_FIRST: Prisma.ApprovalOrderByWithRelationInput[] = [{ requestedAt: "desc" }, { sessionId: "desc" }, { approvalId: "desc" }];

export interface PlaceInPage {
  readonly limit: number;
  readonly offset: number;
}

export async function findApproval(prisma: PrismaClient, sessionId: string, approvalId: string): Promise<ApprovalRow | undefined> {
  const row = await prisma.approval.findUnique({ where: { sessionId_approvalId: { sessionId, approvalId } }, include: withNames });
  return row ?? undefined;
}

/** The newest first. Row by row, so that whoever reads a long page can let others work in between. */
export async function* approvalsWhere(
  prisma: PrismaClient,
  where: Prisma.ApprovalWhereInput,
  { limit, offset }: PlaceInPage,
): AsyncGenerator<ApprovalRow> {
  for (let at = 0; at < limit; ) {
    const take = Math.min(ROWS_AT_ONCE, limit - at);
    const rows = await prisma.approval.findMany({ where, include: withNames, orderBy: NEWEST_FIRST, skip: offset + at, take });
    yield* rows;
    if (rows.length < take) return;
    at += rows.length;
  }
}

export async function readApprovals(prisma: PrismaClient, where: Prisma.ApprovalWhereInput, place: PlaceInPage): Promise<Approval[]> {
  const shown: Approval[] = [];
  let chars = 0;
  for await (const row of approvalsWhere(prisma, where, place)) {
    chars += row.data.length;
    if (shown.length > 0 && chars > PAGE_CHARS) break;
    shown.push(toApproval(row));
  }
  return shown;
}

export function requestOf(row: { readonly data: string }): Approval["request"] {
  return approvalRequestedSchema.parse(JSON.parse(row.data));
}

export function toApproval(row: ApprovalRow): Approval {
  const { state, option_kind } = approvalSchema.shape;
  return {
    session_id: row.sessionId,
    approval_id: row.approvalId,
    session_title: row.session.title,
    user_id: row.userId,
    endpoint_id: row.endpointId,
    endpoint_name: row.session.endpoint.name,
    runtime_name: row.session.runtime.name,
    turn_id: row.turnId,
    state: state.parse(row.state),
    applied: row.applied,
    request: requestOf(row),
    requested_at: row.requestedAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    resolved_at: row.resolvedAt?.toISOString() ?? null,
    option_id: row.optionId,
    option_kind: option_kind.parse(row.optionKind),
    reason: row.reason,
    answers: row.answers === null ? null : approvalAnswersSchema.parse(JSON.parse(row.answers)),
    by: row.by,
    rule_id: row.ruleId,
    rule: row.rule === null ? null : ruleTextSchema.parse(JSON.parse(row.rule)),
  };
}
