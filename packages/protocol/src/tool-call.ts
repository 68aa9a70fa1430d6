/** What an agent does with its tools, in the words of the Agent Client Protocol: calls, their kinds, statuses and contents. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { MAX_DELTA_CHARS, MAX_PATCH_CHARS, MAX_TOOL_CONTENTS } from "./limits.ts";

/** Agent Client Protocol, `ToolKind`. */
export const toolKindSchema = z.enum(["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other"]);
export type ToolKind = z.infer<typeof toolKindSchema>;

/** Agent Client Protocol, `ToolCallStatus`. The last two are final. */
export const toolStatusSchema = z.enum(["pending", "in_progress", "completed", "failed"]);
export type ToolStatus = z.infer<typeof toolStatusSchema>;

/** A place in a file that a call reads or changes; `path` as the agent names it, `line` from 1. */
export const toolLocationSchema = z.object({ path: z.string().min(1).max(4_096), line: z.number().int().min(0).optional() });
export type ToolLocation = z.infer<typeof toolLocationSchema>;

/**
 * One thing a call shows. A `diff` carries a unified patch of one file (hunks only, no file header); `added` and `removed` count
 * its lines. `truncated`: the rest was too long to keep.
 */
export const toolContentSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string().max(MAX_DELTA_CHARS), truncated: z.boolean().optional() }),
  z.object({
    type: z.literal("diff"),
    path: z.string().min(1).max(4_096),
    change: z.enum(["created", "modified", "deleted", "moved"]),
    /** Where a moved file was before. */
    from_path: z.string().max(4_096).optional(),
    patch: z.string().max(MAX_PATCH_CHARS),
    added: z.number().int().min(0),
    removed: z.number().int().min(0),
    truncated: z.boolean().optional(),
  }),
]);
export type ToolContent = z.infer<typeof toolContentSchema>;
export type DiffContent = Extract<ToolContent, { type: "diff" }>;

/** A tool's input as its agent gave it: any JSON object. What is too long in it is cut by the session host, which says so. */
export const toolInputSchema = z.record(z.string(), z.unknown());
export type ToolInput = z.infer<typeof toolInputSchema>;

const callFields = {
  /** Chosen by the agent or its adapter; unique within the session. */
  tool_call_id: idSchema,
  /** The call of the sub-agent that makes this one. */
  parent_tool_call_id: idSchema.optional(),
};

const changeable = {
  title: z.string().max(2_000).optional(),
  kind: toolKindSchema.optional(),
  status: toolStatusSchema.optional(),
  input: toolInputSchema.optional(),
  /** Parts of `input` were too long to keep and stand shortened in it. */
  input_truncated: z.boolean().optional(),
  /** Replaces all contents shown so far; output streamed by `tool.delta` stays. */
  content: z.array(toolContentSchema).max(MAX_TOOL_CONTENTS).optional(),
  locations: z.array(toolLocationSchema).max(MAX_TOOL_CONTENTS).optional(),
  exit_code: z.number().int().optional(),
};

/** A call begins. `tool` is the agent's own name of the tool. */
export const toolStartedSchema = z.object({
  type: z.literal("tool.started"),
  ...callFields,
  ...changeable,
  tool: z.string().max(200),
  title: z.string().max(2_000),
  kind: toolKindSchema,
  status: toolStatusSchema,
});

/** Something about a call changed; fields left out stay as they were. A final `status` ends it. */
export const toolUpdatedSchema = z.object({ type: z.literal("tool.updated"), ...callFields, ...changeable });

/** A piece of a call's live output (ANSI), after the pieces before. */
export const toolDeltaSchema = z.object({
  type: z.literal("tool.delta"),
  tool_call_id: idSchema,
  text: z.string().max(MAX_DELTA_CHARS),
});

/** Agent Client Protocol, `PlanEntry`. */
export const planEntrySchema = z.object({
  content: z.string().max(2_000),
  priority: z.enum(["high", "medium", "low"]),
  status: z.enum(["pending", "in_progress", "completed"]),
});
export type PlanEntry = z.infer<typeof planEntrySchema>;
