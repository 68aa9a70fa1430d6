/** An approval: what an agent asks before it acts, what may be answered, and what became of the answer. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { MAX_DELTA_CHARS, MAX_TOOL_CONTENTS } from "./limits.ts";
import { toolContentSchema, toolInputSchema, toolKindSchema } from "./tool-call.ts";

/** The four answers an approval may offer (Agent Client Protocol, `PermissionOptionKind`). */
export const approvalOptionKindSchema = z.enum(["allow_once", "allow_always", "reject_once", "reject_always"]);
export type ApprovalOptionKind = z.infer<typeof approvalOptionKindSchema>;

export const approvalOptionSchema = z.object({
  id: z.string().min(1).max(128),
  kind: approvalOptionKindSchema,
  label: z.string().max(200),
});
export type ApprovalOption = z.infer<typeof approvalOptionSchema>;

/** The answer "no" to a question that offers none that says it: no option can have this id, and an adapter takes what it did not offer for a no. */
export const NONE_OFFERED: ApprovalOption = { id: "", kind: "reject_once", label: "None of these" };

/**
 * What the call would touch, as far as its adapter knows: what rules are matched against. `command` is a shell line or the argument
 * list itself; `cwd` and `paths` are absolute; `hosts` are names without ports.
 */
export const approvalSubjectSchema = z.object({
  command: z.union([z.string().max(MAX_DELTA_CHARS), z.array(z.string().max(MAX_DELTA_CHARS)).max(1_000)]).optional(),
  cwd: z.string().max(4_096).optional(),
  paths: z.array(z.string().max(4_096)).max(200).optional(),
  hosts: z.array(z.string().max(255)).max(200).optional(),
});
export type ApprovalSubject = z.infer<typeof approvalSubjectSchema>;

/** A question with choices or free text. Answers name labels of choices, or the text itself. */
export const approvalQuestionSchema = z.object({
  id: z.string().min(1).max(500),
  header: z.string().max(200).optional(),
  question: z.string().max(4_000),
  multiple: z.boolean(),
  free_text: z.boolean(),
  choices: z.array(z.object({ label: z.string().min(1).max(500), description: z.string().max(2_000).optional() })).max(20),
});
export type ApprovalQuestion = z.infer<typeof approvalQuestionSchema>;

/** Answers by question id: the chosen labels or texts. */
export const approvalAnswersSchema = z.record(z.string().max(500), z.array(z.string().max(4_000)).max(20));
export type ApprovalAnswers = z.infer<typeof approvalAnswersSchema>;

/**
 * The agent waits for an answer. `approval_id` is chosen by the adapter, unique within the session. `input` is the call's whole input;
 * `input_hash` (hex SHA-256 over tool and input, for a message that must be approved over what it would run, too; filled in by the
 * session host) is what an answer is bound to.
 */
export const approvalRequestedSchema = z.object({
  type: z.literal("approval.requested"),
  approval_id: idSchema,
  tool: z.string().max(200),
  title: z.string().max(2_000),
  kind: toolKindSchema.optional(),
  detail: z.string().max(MAX_DELTA_CHARS).optional(),
  options: z.array(approvalOptionSchema).min(1).max(8),
  tool_call_id: idSchema.optional(),
  input: toolInputSchema.optional(),
  input_hash: z.string().length(64).optional(),
  /** Parts of `input` were too long to keep and stand shortened in it; the hash covers all of it. */
  input_truncated: z.boolean().optional(),
  /** Diffs or texts to judge the call by. */
  content: z.array(toolContentSchema).max(MAX_TOOL_CONTENTS).optional(),
  subject: approvalSubjectSchema.optional(),
  /** The agent asks questions; an allowing answer must answer each. */
  questions: z.array(approvalQuestionSchema).min(1).max(8).optional(),
  /** The agent asks to leave planning and carry this plan out (Markdown). */
  plan: z.string().max(MAX_DELTA_CHARS).optional(),
});
export type ApprovalRequested = z.infer<typeof approvalRequestedSchema>;

/** The agent no longer waits for this answer: its turn was stopped, it died or it went on without. */
export const approvalWithdrawnSchema = z.object({
  type: z.literal("approval.withdrawn"),
  approval_id: idSchema,
  reason: z.string().max(2_000),
});

/** The answer has reached the agent. */
export const approvalAppliedSchema = z.object({ type: z.literal("approval.applied"), approval_id: idSchema });

/** The answer came when the agent no longer waited for it and did nothing, or nobody knows whether it came; `reason` says which. */
export const approvalSupersededSchema = z.object({
  type: z.literal("approval.superseded"),
  approval_id: idSchema,
  reason: z.string().max(2_000),
});

/** Whether an answer of this kind lets the call go ahead. */
export function isAllowing(kind: ApprovalOptionKind): boolean {
  return kind === "allow_once" || kind === "allow_always";
}
