/** The statements that keep the rows of approvals, for SQLite. */
import type Database from "better-sqlite3";
import type { Writes } from "./log-engine.ts";
import { prepare } from "./sqlite-statement.ts";

/** Makes the writer; it runs inside the log's transaction. */
export function approvalWriter(database: Database.Database): (writes: Pick<Writes, "opened" | "changed">) => void {
  const opened = prepare(
    database,
    `INSERT OR REPLACE INTO "Approval" ("sessionId", "approvalId", "userId", "endpointId", "runtimeId", "turnId", "state", "applied", "tool",
       "kind", "inputHash", "data", "requestedAt", "expiresAt", "resolvedAt", "optionId", "optionKind", "reason", "answers", "by", "ruleId")
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const changed = prepare(
    database,
    `UPDATE "Approval" SET "state" = coalesce(?1, "state"), "applied" = "applied" OR ?2, "resolvedAt" = coalesce(?3, "resolvedAt"),
       "optionId" = coalesce(?4, "optionId"), "optionKind" = coalesce(?5, "optionKind"), "reason" = coalesce(?6, "reason"),
       "answers" = coalesce(?7, "answers"), "by" = coalesce(?8, "by"), "ruleId" = coalesce(?9, "ruleId")
     WHERE "sessionId" = ?10 AND "approvalId" = ?11
       AND (?4 IS NOT NULL OR NOT (?2 OR coalesce(?1, '') = 'superseded') OR ("state" IN ('answered', 'expired') AND NOT "applied"))`,
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
      opened.run(...place, ...question, row.resolvedAt, row.optionId, row.optionKind, row.reason, row.answers, row.by, row.ruleId);
    }
    for (const row of writes.changed) {
      const answer = [row.resolvedAt, row.optionId, row.optionKind, row.reason, row.answers, row.by, row.ruleId] as const;
      changed.run(row.state, Number(row.applied), ...answer, row.sessionId, row.approvalId);
    }
  };
}
