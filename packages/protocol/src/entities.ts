/** The things people and scripts see, as they look over REST, tRPC and the client socket. */
import { z } from "zod";
import { idSchema, seqSchema } from "./ids.ts";

/** A moment as ISO 8601 in UTC. */
export const momentSchema = z.iso.datetime();

export const roleSchema = z.enum(["admin", "user"]);
export type Role = z.infer<typeof roleSchema>;

export const userSchema = z.object({ id: idSchema, username: z.string(), role: roleSchema, created_at: momentSchema });
export type User = z.infer<typeof userSchema>;

/** The kind of an endpoint. `external` is the runtime manual's name for `generic-external`. */
export const profileSchema = z.enum(["generic-cli", "generic-job", "generic-http", "generic-external"]);
export type Profile = z.infer<typeof profileSchema>;

/** What an adapter can do, so that screens draw the right buttons before a process exists. */
export const capabilitiesSchema = z.object({
  /** How the agent lives: one process for many turns, one process per turn, or one request per turn. */
  exec_model: z.enum(["interactive", "run-to-completion", "request-response"]),
  /** Whether turns end by the agent's own word or process; false: by silence (`generic-cli`). */
  turn_completion: z.boolean(),
  approvals: z.boolean(),
  files: z.boolean(),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/**
 * `online`: its runtime is connected and can run it. `unavailable`: connected, but it cannot run (see `reason`).
 * `offline`: the runtime is away; messages wait for it.
 */
export const endpointStatusSchema = z.enum(["online", "unavailable", "offline"]);

export const endpointSchema = z.object({
  id: idSchema,
  name: z.string(),
  profile: profileSchema,
  tags: z.record(z.string(), z.string()),
  capabilities: capabilitiesSchema,
  runtime_id: idSchema,
  runtime_name: z.string(),
  status: endpointStatusSchema,
  /** As Amurg calls it: whether its runtime is connected. */
  online: z.boolean(),
  reason: z.string().nullable(),
  /** When the hub last heard its runtime; null: never. */
  last_heard_at: momentSchema.nullable(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const sessionActivitySchema = z.enum(["idle", "queued", "running", "needs_approval", "closed"]);

export const sessionSchema = z.object({
  id: idSchema,
  endpoint_id: idSchema,
  endpoint_name: z.string(),
  runtime_id: idSchema,
  profile: profileSchema,
  user_id: idSchema,
  title: z.string(),
  state: sessionActivitySchema,
  /** Why it is closed; `idle`: only suspended, the next message wakes it. Null while it is not closed. */
  closed_reason: z.enum(["user", "admin", "idle"]).nullable(),
  /** Messages that wait for the runtime or for the turn before them. */
  queued: z.number().int(),
  last_seq: seqSchema,
  read_seq: seqSchema,
  unread: z.boolean(),
  created_at: momentSchema,
  updated_at: momentSchema,
});
export type Session = z.infer<typeof sessionSchema>;

/**
 * A message of a conversation: what somebody wrote, or all deltas of one message of the agent joined.
 * `seq` is that of its newest part, so a message that grew since the last poll is returned again, whole, with the same `id`.
 */
export const messageSchema = z.object({
  id: z.string(),
  session_id: idSchema,
  seq: seqSchema,
  direction: z.enum(["user", "agent", "system"]),
  /** `stdin` for a user's message; `answer`, `thought`, `stdout`, `stderr` for an agent's; `system` for the rest. */
  channel: z.string(),
  content: z.string(),
  created_at: momentSchema,
});
export type Message = z.infer<typeof messageSchema>;
