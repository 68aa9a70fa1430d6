/** The statements that keep the rows of approvals, for Postgres: one per group and kind of change. */
import type { ApprovalChange, ApprovalOpened, Writes } from "./log-engine.ts";
import { columns, type Queryable, run, timeOf } from "./postgres-sql.ts";

const SQL = {
  opened: {
    name: "approval_opened",
    text: `INSERT INTO "Approval" ("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "applied", "tool", "kind",
        "inputHash", "data", "requestedAt", "expiresAt", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId", "rule")
      SELECT n."sessionId", n."approvalId", n."userId", n."endpointId", n."runtimeId", n."turnId", n."state", n."applied", n."tool", n."kind",
        n."inputHash", n."data", ${timeOf('n."requestedAt"')}, ${timeOf('n."expiresAt"')}, ${timeOf('n."resolvedAt"')}, n."optionId",
        n."optionKind", n."reason", n."answers", n."by", n."ruleId", n."rule"
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[],
        $11::text[], $12::text[], $13::float8[], $14::float8[], $15::float8[], $16::text[], $17::text[], $18::text[], $19::text[],
        $20::text[], $21::text[], $22::text[])
      AS n("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "applied", "tool", "kind", "inputHash", "data",
        "requestedAt", "expiresAt", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId", "rule")
      ON CONFLICT ("sessionId", "approvalId") DO UPDATE SET "turnId" = excluded."turnId", "state" = excluded."state",
        "applied" = excluded."applied", "tool" = excluded."tool", "kind" = excluded."kind", "inputHash" = excluded."inputHash",
        "data" = excluded."data", "requestedAt" = excluded."requestedAt", "expiresAt" = excluded."expiresAt",
        "resolvedAt" = excluded."resolvedAt", "optionId" = excluded."optionId", "optionKind" = excluded."optionKind",
        "reason" = excluded."reason", "answers" = excluded."answers", "by" = excluded."by", "ruleId" = excluded."ruleId",
        "rule" = excluded."rule"`,
  },
  changed: {
    name: "approval_changed",
    text: `UPDATE "Approval" a SET "state" = coalesce(n."state", a."state"), "applied" = a."applied" OR n."applied",
        "resolvedAt" = coalesce(${timeOf('n."resolvedAt"')}, a."resolvedAt"), "optionId" = coalesce(n."optionId", a."optionId"),
        "optionKind" = coalesce(n."optionKind", a."optionKind"), "reason" = coalesce(n."reason", a."reason"),
        "answers" = coalesce(n."answers", a."answers"), "by" = coalesce(n."by", a."by"), "ruleId" = coalesce(n."ruleId", a."ruleId"),
        "rule" = coalesce(n."rule", a."rule")
      FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[])
      AS n("sessionId", "approvalId", "state", "applied", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId", "rule")
      WHERE a."sessionId" = n."sessionId" AND a."approvalId" = n."approvalId"
        AND (n."optionId" IS NOT NULL OR NOT (n."applied" OR coalesce(n."state", '') = 'superseded')
          OR (a."state" IN ('answered', 'expired') AND NOT a."applied"))`,
  },
} as const;

const OUTCOME = ["resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId", "rule"] as const;
const CHANGED = ["sessionId", "approvalId", "state", "applied", ...OUTCOME] as const satisfies readonly (keyof ApprovalChange)[];
const OPENED = [
  "sessionId",
  "approvalId",
  "userId",
  "endpointId",
  "runtimeId",
  "turnId",
  "state",
  "applied",
  "tool",
  "kind",
  "inputHash",
  "data",
  "requestedAt",
  "expiresAt",
  ...OUTCOME,
] as const satisfies readonly (keyof ApprovalOpened)[];

/** Runs inside the log's transaction. */
export async function writeApprovals(on: Queryable, { opened, changed }: Pick<Writes, "opened" | "changed">): Promise<void> {
  if (opened.length > 0) await run(on, SQL.opened, columns(opened, OPENED));
  if (changed.length > 0) await run(on, SQL.changed, columns(changed, CHANGED));
}
