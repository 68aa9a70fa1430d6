/** Turns drafts and commands into rows whose texts every database accepts. */
import { AppError, type EventDraft } from "@fairlead/protocol";
import type { NewCommand, SessionRecord } from "./contract.ts";
import type { CommandRow, EventRow } from "./log-engine.ts";

/**
 * A text that Postgres stores too: without NUL and half surrogate pairs. JSON texts need no such care, because JSON.stringify
 * writes both as escapes.
 */
export function storable(text: string): string {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\ufffd");
}

/** The event as it is stored, published and paged. The hub's own fields come last, so that no draft can forge them. */
export function eventRow(draft: EventDraft, place: { readonly sessionId: string; readonly seq: number; readonly at: number }): EventRow {
  const { sessionId, seq, at } = place;
  const body = JSON.stringify(draft);
  const messageId = draft.type === "message.delta" || draft.type === "message.posted" ? (draft.message_id ?? null) : null;
  return {
    sessionId,
    seq,
    type: draft.type,
    turnId: draft.turn_id ?? null,
    messageId,
    postedId: draft.type === "message.posted" ? draft.message_id : null,
    data: `${body.slice(0, -1)},"session_id":${JSON.stringify(sessionId)},"seq":${seq},"at":${at}}`,
  };
}

/** A command's row. A command for another session than the one decided about is a fault of the program. */
export function commandRow(session: SessionRecord, { command, expires_at }: NewCommand, now: number): CommandRow {
  if (command.session_id !== session.id) throw new AppError("INTERNAL", `command ${command.id} names another session`);
  return {
    id: command.id,
    runtimeId: session.runtime_id,
    sessionId: session.id,
    kind: command.kind,
    turnId: "turn_id" in command ? command.turn_id : null,
    data: JSON.stringify(command),
    expiresAt: expires_at ?? null,
    createdAt: now,
  };
}
