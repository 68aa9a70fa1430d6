/** What an adapter may say about its agent: one small union that every kind of agent is translated into. */
import { z } from "zod";
import { commandsUpdatedSchema, configUpdatedSchema, usageUpdatedSchema } from "./agent-settings.ts";
import { approvalRequestedSchema, approvalWithdrawnSchema } from "./approval.ts";
import { fileProducedSchema } from "./files.ts";
import { idSchema } from "./ids.ts";
import { MAX_DELTA_CHARS } from "./limits.ts";
import { planEntrySchema, toolDeltaSchema, toolStartedSchema, toolUpdatedSchema } from "./tool-call.ts";

/** Who speaks in a delta: an answer (Markdown), a thought, or the raw output of a process (ANSI). */
export const messageKindSchema = z.enum(["answer", "thought", "stdout", "stderr"]);
export type MessageKind = z.infer<typeof messageKindSchema>;

/** A piece of a message. Pieces with the same `message_id` are one message; the session host fills the id in. */
export const messageDeltaSchema = z.object({
  type: z.literal("message.delta"),
  kind: messageKindSchema,
  text: z.string().max(MAX_DELTA_CHARS),
  message_id: idSchema.optional(),
  /** The call of the sub-agent that speaks; absent: the agent itself. */
  parent_tool_call_id: idSchema.optional(),
});

/** What the agent intends to do, replacing the plan told before (Agent Client Protocol, `Plan`; todo lists are plans). */
export const planUpdatedSchema = z.object({ type: z.literal("plan.updated"), entries: z.array(planEntrySchema).max(200) });

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
      "unknown_request",
      "retrying",
      "resumed",
      "worktree",
      "attachment_failed",
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
  toolStartedSchema,
  toolUpdatedSchema,
  toolDeltaSchema,
  planUpdatedSchema,
  approvalRequestedSchema,
  approvalWithdrawnSchema,
  fileProducedSchema,
  sessionIdentifiedSchema,
  configUpdatedSchema,
  commandsUpdatedSchema,
  usageUpdatedSchema,
  noticeSchema,
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;
