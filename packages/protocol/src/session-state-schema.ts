/** A session's state as it crosses processes: what a viewer is told who does not begin at the first event. */
import { z } from "zod";
import { configOptionSchema, slashCommandSchema, usageSchema } from "./agent-settings.ts";
import { approvalOptionSchema } from "./approval.ts";
import { seqSchema } from "./ids.ts";
import { stopReasonSchema, turnErrorSchema } from "./session-event.ts";
import type { SessionState } from "./session-state.ts";
import { terminalStateSchema } from "./terminal.ts";
import { planEntrySchema, toolKindSchema } from "./tool-call.ts";

const moment = z.number().int();

export const sessionStateSchema: z.ZodType<SessionState> = z.object({
  seq: seqSchema,
  title: z.string(),
  closed: z.union([z.literal(false), z.enum(["user", "admin", "idle"])]),
  turn: z.object({ turn_id: z.string(), started_at: moment, stop_requested: z.boolean() }).nullable(),
  queue: z.array(z.object({ turn_id: z.string(), message_id: z.string(), posted_at: moment, expires_at: moment.optional() })),
  approvals: z.array(
    z.object({
      approval_id: z.string(),
      turn_id: z.string().optional(),
      tool: z.string(),
      title: z.string(),
      kind: toolKindSchema.optional(),
      detail: z.string().optional(),
      options: z.array(approvalOptionSchema),
      input_hash: z.string().optional(),
      requested_at: moment,
    }),
  ),
  last_turn: z
    .union([
      z.object({ turn_id: z.string(), error: turnErrorSchema }),
      z.object({ turn_id: z.string(), stop_reason: stopReasonSchema, exit_code: z.number().int().optional() }),
    ])
    .nullable(),
  native_id: z.string().nullable(),
  // States stored by earlier versions lack what follows.
  work_dir: z.string().nullable().default(null),
  branch: z.string().nullable().default(null),
  worktree: z.boolean().default(false),
  config: z.array(configOptionSchema).default([]),
  commands: z.array(slashCommandSchema).default([]),
  plan: z.array(planEntrySchema).default([]),
  usage: usageSchema.nullable().default(null),
  used: z
    .object({ input_tokens: z.number(), output_tokens: z.number(), cost_usd: z.number() })
    .default({ input_tokens: 0, output_tokens: 0, cost_usd: 0 }),
  terminal: terminalStateSchema.nullable().default(null),
});
