/** What an adapter may say about its agent: one small union that every kind of agent is translated into. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { MAX_DELTA_CHARS } from "./limits.ts";

/** Who speaks in a delta: an answer (Markdown), a thought, or the raw output of a process (ANSI). */
export const messageKindSchema = z.enum(["answer", "thought", "stdout", "stderr"]);
export type MessageKind = z.infer<typeof messageKindSchema>;

/** The four answers an approval may offer (Agent Client Protocol, `PermissionOptionKind`). */
export const approvalOptionKindSchema = z.enum(["allow_once", "allow_always", "reject_once", "reject_always"]);
export const approvalOptionSchema = z.object({
  id: z.string().min(1).max(128),
  kind: approvalOptionKindSchema,
  label: z.string().max(200),
});
export type ApprovalOption = z.infer<typeof approvalOptionSchema>;

/** A piece of a message. Pieces with the same `message_id` are one message; the session host fills the id in. */
export const messageDeltaSchema = z.object({
  type: z.literal("message.delta"),
  kind: messageKindSchema,
  text: z.string().max(MAX_DELTA_CHARS),
  message_id: idSchema.optional(),
});

/** The agent waits for an answer. `approval_id` is chosen by the adapter, unique within the session. */
export const approvalRequestedSchema = z.object({
  type: z.literal("approval.requested"),
  approval_id: idSchema,
  tool: z.string().max(200),
  title: z.string().max(2_000),
  detail: z.string().max(MAX_DELTA_CHARS).optional(),
  options: z.array(approvalOptionSchema).min(1).max(8),
});

/** The agent no longer waits for this answer: its turn was stopped, it died or it went on without. */
export const approvalWithdrawnSchema = z.object({
  type: z.literal("approval.withdrawn"),
  approval_id: idSchema,
  reason: z.string().max(2_000),
});

/** A file the agent made, inside its working directory. `path` is relative to that directory; `size` is in bytes. */
export const fileProducedSchema = z.object({
  type: z.literal("file.produced"),
  name: z.string().min(1).max(255),
  path: z.string().min(1).max(4_096),
  mime_type: z.string().max(255),
  size: z.number().int().min(0),
});

/** The agent's own id for the conversation, used to resume it. */
export const sessionIdentifiedSchema = z.object({
  type: z.literal("session.identified"),
  native_id: z.string().min(1).max(512),
});

/** Something a person should see that is not the agent's speech; `code` lets programs tell notices apart. */
export const noticeSchema = z.object({
  type: z.literal("notice"),
  level: z.enum(["info", "warning", "error"]),
  code: z
    .enum([
      "output_cut",
      "line_too_long",
      "bad_line",
      "unknown_message",
      "path_refused",
      "stopping",
      "diagnostic",
      "restarted",
      "events_lost",
    ])
    .optional(),
  text: z.string().max(MAX_DELTA_CHARS),
});

export const agentEventSchema = z.discriminatedUnion("type", [
  messageDeltaSchema,
  approvalRequestedSchema,
  approvalWithdrawnSchema,
  fileProducedSchema,
  sessionIdentifiedSchema,
  noticeSchema,
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;
