/** Everything that can stand in a session's log: agent events, turn events, and what the hub itself records. */
import { z } from "zod";
import { messageDeltaSchema, noticeSchema, planUpdatedSchema, sessionIdentifiedSchema } from "./agent-event.ts";
import { commandsUpdatedSchema, configUpdatedSchema, usageUpdatedSchema } from "./agent-settings.ts";
import {
  approvalAnswersSchema,
  approvalAppliedSchema,
  approvalOptionKindSchema,
  approvalRequestedSchema,
  approvalSupersededSchema,
  approvalWithdrawnSchema,
} from "./approval.ts";
import { fileDroppedSchema, fileProducedSchema, fileStoredSchema } from "./files.ts";
import { idSchema, seqSchema } from "./ids.ts";
import { MAX_ATTACHMENTS } from "./limits.ts";
import { ruleTextSchema } from "./rules.ts";
import {
  terminalClosedSchema,
  terminalColsSchema,
  terminalOpenedSchema,
  terminalRecordedSchema,
  terminalRecordingSchema,
  terminalRowsSchema,
} from "./terminal.ts";
import { toolDeltaSchema, toolStartedSchema, toolUpdatedSchema } from "./tool-call.ts";

/** Why a turn ended well (Agent Client Protocol, `StopReason`). */
export const stopReasonSchema = z.enum(["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"]);
export type StopReason = z.infer<typeof stopReasonSchema>;

/**
 * Why a turn failed. `interrupted`: the runtime died under it. `expired`: its deadline passed before it could start. `denied`: it needed
 * an approval to run and did not get it.
 */
export const turnErrorSchema = z.object({
  kind: z.enum([
    "spawn",
    "exit",
    "protocol",
    "auth",
    "rate_limit",
    "timeout",
    "http",
    "limit",
    "interrupted",
    "expired",
    "denied",
    "internal",
  ]),
  message: z.string().max(8_192),
  exit_code: z.number().int().optional(),
  signal: z.string().max(20).optional(),
  /** What a person can do about it, and the command that does it on the agent's machine. */
  remedy: z.object({ text: z.string().max(1_000), command: z.string().max(1_000).optional() }).optional(),
});
export type TurnError = z.infer<typeof turnErrorSchema>;

/** The message of `turn_id` went into the running turn `into` instead of beginning a turn of its own. */
export const turnSteeredSchema = z.object({ type: z.literal("turn.steered"), into: idSchema });

/** The folder the session's agent works in, and the branch of its worktree if it has one of its own. */
export const sessionLocatedSchema = z.object({
  type: z.literal("session.located"),
  work_dir: z.string().max(4_096),
  branch: z.string().max(250).optional(),
});

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
  /** The agent works in a git worktree made for this session. */
  worktree: z.boolean().optional(),
  /** The session of the agent's own that this one goes on with. */
  native_id: z.string().max(512).optional(),
  /** The session is a terminal. */
  terminal: z.boolean().optional(),
});
/** Somebody opens the session's terminal; `terminal.opened` tells when it runs. */
export const terminalRequestedSchema = z.object({
  type: z.literal("terminal.requested"),
  terminal_id: idSchema,
  cols: terminalColsSchema,
  rows: terminalRowsSchema,
  by: actorSchema,
});
export const sessionRenamedSchema = z.object({ type: z.literal("session.renamed"), title: z.string().max(200), by: actorSchema });
export const sessionClosedSchema = z.object({
  type: z.literal("session.closed"),
  reason: z.enum(["user", "admin", "idle"]),
  by: actorSchema,
});
export const sessionReopenedSchema = z.object({ type: z.literal("session.reopened"), by: actorSchema });
/** Somebody asked for another value of one of the agent's options; `config.updated` tells when it holds. */
export const sessionConfiguredSchema = z.object({
  type: z.literal("session.configured"),
  option_id: z.string().max(128),
  value_id: z.string().max(200),
  by: actorSchema,
});

/** A file that goes with a message; its bytes are fetched by `file_id`. `size` in bytes. */
export const attachmentSchema = z.object({
  file_id: idSchema,
  name: z.string().min(1).max(255),
  mime_type: z.string().max(255),
  size: z.number().int().min(0),
});
export type Attachment = z.infer<typeof attachmentSchema>;

/** What a person wrote. Its turn carries the same `turn_id`; it waits until `turn.started` names that turn. */
export const messagePostedSchema = z.object({
  type: z.literal("message.posted"),
  message_id: idSchema,
  content: z.string(),
  by: actorSchema,
  /** Milliseconds since the epoch after which an undelivered message is not delivered any more. */
  expires_at: z.number().int().optional(),
  attachments: z.array(attachmentSchema).max(MAX_ATTACHMENTS).optional(),
  /** The running turn this message is meant to steer; it waits like any other where that turn can take no more. */
  steers: idSchema.optional(),
});
export const turnStopRequestedSchema = z.object({ type: z.literal("turn.stop_requested"), by: actorSchema });
export const approvalResolvedSchema = z.object({
  type: z.literal("approval.resolved"),
  approval_id: idSchema,
  option_id: z.string().max(128),
  option_kind: approvalOptionKindSchema.optional(),
  reason: z.string().max(4_000).optional(),
  answers: approvalAnswersSchema.optional(),
  /** The rule that decided; `by` is then whose rule it is. */
  rule_id: idSchema.optional(),
  /** What that rule said then; left out where it is longer than `MAX_RULE_TEXT_CHARS`. */
  rule: ruleTextSchema.optional(),
  /** Nobody answered in time. */
  expired: z.boolean().optional(),
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
  toolStartedSchema,
  toolUpdatedSchema,
  toolDeltaSchema,
  planUpdatedSchema,
  approvalRequestedSchema,
  approvalWithdrawnSchema,
  approvalAppliedSchema,
  approvalSupersededSchema,
  fileProducedSchema,
  fileStoredSchema,
  fileDroppedSchema,
  sessionIdentifiedSchema,
  sessionLocatedSchema,
  configUpdatedSchema,
  commandsUpdatedSchema,
  usageUpdatedSchema,
  noticeSchema,
  turnStartedSchema,
  turnSteeredSchema,
  turnCompletedSchema,
  turnFailedSchema,
  terminalOpenedSchema,
  terminalClosedSchema,
  terminalRecordingSchema,
  terminalRecordedSchema,
] as const;

const hubMembers = [
  sessionCreatedSchema,
  sessionRenamedSchema,
  sessionClosedSchema,
  sessionReopenedSchema,
  sessionConfiguredSchema,
  messagePostedSchema,
  turnStopRequestedSchema,
  approvalResolvedSchema,
  terminalRequestedSchema,
] as const;

const inTurn = { turn_id: idSchema };
const maybeInTurn = { turn_id: idSchema.optional() };

/** An event as a runtime sends it: not yet numbered by the hub. */
export const runtimeEventSchema = z.discriminatedUnion("type", [
  messageDeltaSchema.extend(maybeInTurn),
  toolStartedSchema.extend(maybeInTurn),
  toolUpdatedSchema.extend(maybeInTurn),
  toolDeltaSchema.extend(maybeInTurn),
  planUpdatedSchema.extend(maybeInTurn),
  approvalRequestedSchema.extend(maybeInTurn),
  approvalWithdrawnSchema.extend(maybeInTurn),
  approvalAppliedSchema.extend(maybeInTurn),
  approvalSupersededSchema.extend(maybeInTurn),
  fileProducedSchema.extend(maybeInTurn),
  fileStoredSchema.extend(maybeInTurn),
  fileDroppedSchema.extend(maybeInTurn),
  sessionIdentifiedSchema.extend(maybeInTurn),
  sessionLocatedSchema.extend(maybeInTurn),
  configUpdatedSchema.extend(maybeInTurn),
  commandsUpdatedSchema.extend(maybeInTurn),
  usageUpdatedSchema.extend(maybeInTurn),
  noticeSchema.extend(maybeInTurn),
  turnStartedSchema.extend(inTurn),
  turnSteeredSchema.extend(inTurn),
  turnCompletedSchema.extend(inTurn),
  turnFailedSchema.extend(inTurn),
  terminalOpenedSchema.extend(maybeInTurn),
  terminalClosedSchema.extend(maybeInTurn),
  terminalRecordingSchema.extend(maybeInTurn),
  terminalRecordedSchema.extend(maybeInTurn),
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
