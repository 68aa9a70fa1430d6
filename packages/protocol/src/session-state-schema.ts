/** A session's state as it crosses processes: what a viewer is told who does not begin at the first event. */
import { z } from "zod";
import { approvalOptionSchema } from "./agent-event.ts";
import { seqSchema } from "./ids.ts";
import { stopReasonSchema, turnErrorSchema } from "./session-event.ts";
import type { SessionState } from "./session-state.ts";

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
      detail: z.string().optional(),
      options: z.array(approvalOptionSchema),
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
});
