/** Audit entries as rows, and as they are shown. */
import { type AuditEntry, auditEntrySchema } from "@fairlead/protocol";
import type { AuditEntry as AuditRow } from "../../../generated/sqlite/client.ts";
import type { Findings } from "../domain/deeds.ts";

/** The columns of what is known; what is not stays as it is. */
export function columnsOf({ actor, session_id, subject, detail }: Findings) {
  return {
    ...(actor === undefined ? {} : { actorKind: actor.kind, actorId: actor.id, actorName: actor.name }),
    ...(session_id === undefined ? {} : { sessionId: session_id }),
    ...(subject === undefined ? {} : { subject }),
    ...(detail === undefined ? {} : { detail: JSON.stringify(detail) }),
  };
}

/** An entry as admins see it; `titles` are those of the sessions that are still there. */
export function toAuditEntry(row: AuditRow, titles: ReadonlyMap<string, string>): AuditEntry {
  const { actor } = auditEntrySchema.shape;
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: actor.shape.kind.parse(row.actorKind), id: row.actorId, name: row.actorName },
    address: row.address,
    operation: row.operation,
    session_id: row.sessionId,
    session_title: (row.sessionId === null ? undefined : titles.get(row.sessionId)) ?? null,
    subject: row.subject,
    detail: auditEntrySchema.shape.detail.parse(JSON.parse(row.detail)),
    code: row.code,
    ms: row.ms,
  };
}
