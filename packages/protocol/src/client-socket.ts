/** Frames of `/ws/client`: a person's browser or a script on one side, the hub on the other. */
import { z } from "zod";
import { userSchema } from "./entities.ts";
import { errorCodeSchema } from "./errors.ts";
import { idSchema, seqSchema } from "./ids.ts";
import { sessionEventSchema } from "./session-event.ts";
import { clientTerminalFrames, hubTerminalFrames } from "./terminal-socket.ts";

export const clientFrameSchema = z.discriminatedUnion("type", [
  /** First frame. Authentication happened at the upgrade (cookie, Bearer header or `?token=`). */
  z.object({ type: z.literal("client.hello"), protocol: z.array(z.number().int()).min(1).max(16), client: z.string().max(200).optional() }),
  /** From now on send every event after `after_seq`: first from the log, then live, as ranges without holes. */
  z.object({ type: z.literal("client.subscribe"), session_id: idSchema, after_seq: seqSchema.default(0) }),
  z.object({ type: z.literal("client.unsubscribe"), session_id: idSchema }),
  /** Any operation of `operations.ts`; answered by `result` or `error` with the same `id`. */
  z.object({ type: z.literal("call"), id: idSchema, operation: z.string().max(64), input: z.unknown() }),
  ...clientTerminalFrames,
  z.object({ type: z.literal("ping") }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

/**
 * Part of a session's log: it covers the numbers `from`..`to` whole. A receiver takes it only if `from` is the number after
 * the last it has; else it subscribes again from there. `head` is the newest number the hub knew when it sent this.
 */
export const rangeFrameSchema = z.object({
  type: z.literal("range"),
  session_id: idSchema,
  from: seqSchema,
  to: seqSchema,
  head: seqSchema,
  events: z.array(sessionEventSchema),
});
export type RangeFrame = z.infer<typeof rangeFrameSchema>;

export const hubToClientFrameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello.ack"),
    protocol: z.number().int(),
    version: z.string(),
    user: userSchema,
    heartbeat_ms: z.number().int(),
    silence_limit_ms: z.number().int(),
    max_frame_bytes: z.number().int(),
    /** The hub's clock (ms since the epoch), so that ages are right on a device whose clock is wrong. */
    now: z.number().int(),
  }),
  /** The subscription stands; everything up to `head` is on its way. */
  z.object({ type: z.literal("subscribed"), session_id: idSchema, after_seq: seqSchema, head: seqSchema }),
  rangeFrameSchema,
  z.object({ type: z.literal("result"), id: idSchema, output: z.unknown() }),
  /** A refusal. `id` names the call, `session_id` the subscription it answers; neither: the frame itself was wrong. */
  z.object({
    type: z.literal("error"),
    id: z.string().optional(),
    session_id: z.string().optional(),
    code: errorCodeSchema,
    error: z.string(),
  }),
  /**
   * Something in a list changed: fetch it again. A hint only; losing one costs freshness, never data. `id` names the session
   * (`sessions`, `approvals`: a question was opened or closed in it).
   */
  z.object({ type: z.literal("hint"), topic: z.enum(["sessions", "endpoints", "approvals"]), id: z.string().optional() }),
  ...hubTerminalFrames,
  z.object({ type: z.literal("pong"), now: z.number().int() }),
]);
export type HubToClientFrame = z.infer<typeof hubToClientFrameSchema>;
