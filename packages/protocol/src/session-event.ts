/** Everything that can stand in a session's log: agent events, turn events, and what the hub itself records. */
import { z } from "zod";
import {
  approvalRequestedSchema,
  approvalWithdrawnSchema,
  fileProducedSchema,
  messageDeltaSchema,
  noticeSchema,
  sessionIdentifiedSchema,
} from "./agent-event.ts";
import { idSchema, seqSchema } from "./ids.ts";

/** Why a turn ended well (Agent Client Protocol, `StopReason`). */
export const stopReasonSchema = z.enum(["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"]);
export type StopReason = z.infer<typeof stopReasonSchema>;

/** Why a turn failed. `interrupted`: the runtime died under it. `expired`: its deadline passed before it could start. */
export const turnErrorSchema = z.object({
  kind: z.enum(["spawn", "exit", "protocol", "auth", "rate_limit", "timeout", "http", "limit", "interrupted", "expired", "internal"]),
  message: z.string().max(8_192),
  exit_code: z.number().int().optional(),
  signal: z.string().max(20).optional(),
});
export type TurnError = z.infer<typeof turnErrorSchema>;

export const turnStartedSchema = z.object({ type: z.literal("turn.started") });
export const turnCompletedSchema = z.object({
  type: z.literal("turn.completed"),
  stop_reason: stopReasonSchema,
  exit_code: z.number().int().optional(),
  /** How long the agent worked, by the runtime's clock (ms). */
  duration_ms: z.number().int().min(0).optional(),
});
export const turnFailedSchema = z.object({
  type: z.literal("turn.failed"),
  error: turnErrorSchema,
  duration_ms: z.number().int().min(0).optional(),
});

/** A person or a service as the log names it. */
export const actorSchema = z.object({ id: z.string().max(128), name: z.string().max(128) });
export type Actor = z.infer<typeof actorSchema>;

export const sessionCreatedSchema = z.object({
  type: z.literal("session.created"),
  endpoint_id: idSchema,
  title: z.string().max(200),
  by: actorSchema,
});
export const sessionRenamedSchema = z.object({ type: z.literal("session.renamed"), title: z.string().max(200), by: actorSchema });
export const sessionClosedSchema = z.object({
  type: z.literal("session.closed"),
  reason: z.enum(["user", "admin", "idle"]),
  by: actorSchema,
});
export const sessionReopenedSchema = z.object({ type: z.literal("session.reopened"), by: actorSchema });
/** What a person wrote. Its turn carries the same `turn_id`; it waits until `turn.started` names that turn. */
export const messagePostedSchema = z.object({
  type: z.literal("message.posted"),
  message_id: idSchema,
  content: z.string(),
  by: actorSchema,
  /** Milliseconds since the epoch after which an undelivered message is not delivered any more. */
  expires_at: z.number().int().optional(),
});
export const turnStopRequestedSchema = z.object({ type: z.literal("turn.stop_requested"), by: actorSchema });
export const approvalResolvedSchema = z.object({
  type: z.literal("approval.resolved"),
  approval_id: idSchema,
  option_id: z.string().max(128),
  reason: z.string().max(4_000).optional(),
  by: actorSchema,
});

const envelope = {
  session_id: idSchema,
  seq: seqSchema,
  /** When the hub stored the event, in milliseconds since the epoch. */
  at: z.number().int(),
  turn_id: idSchema.optional(),
};

const runtimeMembers = [
  messageDeltaSchema,
  approvalRequestedSchema,
  approvalWithdrawnSchema,
  fileProducedSchema,
  sessionIdentifiedSchema,
  noticeSchema,
  turnStartedSchema,
  turnCompletedSchema,
  turnFailedSchema,
] as const;

const hubMembers = [
  sessionCreatedSchema,
  sessionRenamedSchema,
  sessionClosedSchema,
  sessionReopenedSchema,
  messagePostedSchema,
  turnStopRequestedSchema,
  approvalResolvedSchema,
] as const;

/** An event as a runtime sends it: not yet numbered by the hub. */
export const runtimeEventSchema = z.discriminatedUnion("type", [
  messageDeltaSchema.extend({ turn_id: idSchema.optional() }),
  approvalRequestedSchema.extend({ turn_id: idSchema.optional() }),
  approvalWithdrawnSchema.extend({ turn_id: idSchema.optional() }),
  fileProducedSchema.extend({ turn_id: idSchema.optional() }),
  sessionIdentifiedSchema.extend({ turn_id: idSchema.optional() }),
  noticeSchema.extend({ turn_id: idSchema.optional() }),
  turnStartedSchema.extend({ turn_id: idSchema }),
  turnCompletedSchema.extend({ turn_id: idSchema }),
  turnFailedSchema.extend({ turn_id: idSchema }),
]);
export type RuntimeEvent = z.infer<typeof runtimeEventSchema>;

type Member = z.infer<(typeof runtimeMembers)[number] | (typeof hubMembers)[number]>;
/** An event before the hub has given it its `seq` and `at`. */
export type EventDraft = Member & { turn_id?: string | undefined };
/** An event as it stands in the log. */
export type SessionEvent = EventDraft & { session_id: string; seq: number; at: number };
export type SessionEventType = SessionEvent["type"];

/** Parses a stored or received event; unknown fields are dropped. */
export const sessionEventSchema: z.ZodType<SessionEvent> = z.intersection(
  z.object(envelope),
  z.discriminatedUnion("type", [...runtimeMembers, ...hubMembers]),
) as unknown as z.ZodType<SessionEvent>;
