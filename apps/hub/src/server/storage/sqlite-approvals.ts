/** The statements that keep the rows of approvals, for SQLite. */
import type Database from "better-sqlite3";
import type { ApprovalOutcome, Writes } from "./log-engine.ts";
import { prepare } from "./sqlite-statement.ts";

/** Makes the writer; it runs inside the log's transaction. */
export function approvalWriter(database: Database.Database): (writes: Pick<Writes, "opened" | "changed">) => void {
  const opened = prepare(
    database,
    `INSERT OR REPLACE INTO "Approval" ("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "applied", "tool",
       "kind", "inputHash", "data", "requestedAt", "expiresAt", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId",
       "rule")
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const changed = prepare(
    database,
    `WITH n("state", "applied", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId", "rule")
       AS (VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?))
     UPDATE "Approval" AS a SET "state" = coalesce(n."state", a."state"), "applied" = a."applied" OR n."applied",
       "resolvedAt" = coalesce(n."resolvedAt", a."resolvedAt"), "optionId" = coalesce(n."optionId", a."optionId"),
       "optionKind" = coalesce(n."optionKind", a."optionKind"), "reason" = coalesce(n."reason", a."reason"),
       "answers" = coalesce(n."answers", a."answers"), "by" = coalesce(n."by", a."by"), "ruleId" = coalesce(n."ruleId", a."ruleId"),
       "rule" = coalesce(n."rule", a."rule")
     FROM n WHERE a."sessionId" = ? AND a."approvalId" = ?
       AND (n."optionId" IS NOT NULL OR NOT (n."applied" OR coalesce(n."state", '') = 'superseded')
         OR (a."state" IN ('answered', 'expired') AND NOT a."applied"))`,
  );
  return (writes) => {
    for (const row of writes.opened) {
      const place = [row.sessionId, row.approvalId, row.userId, row.endpointId, row.runtimeId, row.turnId] as const;
      const question = [
        row.state,
        Number(row.applied),
        row.tool,
        row.kind,
        row.inputHash,
        row.data,
        row.requestedAt,
        row.expiresAt,
      ] as const;
      opened.run(...place, ...question, ...answerOf(row));
    }
    for (const row of writes.changed) {
      changed.run(row.state, Number(row.applied), ...answerOf(row), row.sessionId, row.approvalId);
    }
  };
}

function answerOf({ resolvedAt, optionId, optionKind, reason, answers, by, ruleId, rule }: ApprovalOutcome) {
  return [resolvedAt, optionId, optionKind, reason, answers, by, ruleId, rule] as const;
}
