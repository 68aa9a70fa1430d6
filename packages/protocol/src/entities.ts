/** The things people and scripts see, as they look over REST, tRPC and the client socket. */
import { z } from "zod";
import { approvalAnswersSchema, approvalOptionKindSchema, approvalRequestedSchema } from "./approval.ts";
import { idSchema, momentSchema, seqSchema } from "./ids.ts";
import { ruleTextSchema } from "./rules.ts";

export const roleSchema = z.enum(["admin", "user"]);
export type Role = z.infer<typeof roleSchema>;

export const userSchema = z.object({ id: idSchema, username: z.string(), role: roleSchema, created_at: momentSchema });
export type User = z.infer<typeof userSchema>;

/** The kind of an endpoint. `external` is the runtime manual's name for `generic-external`. */
export const profileSchema = z.enum([
  "generic-cli",
  "generic-job",
  "generic-http",
  "generic-external",
  "claude-code",
  "codex",
  "pi",
  "acp",
  "terminal",
]);
export type Profile = z.infer<typeof profileSchema>;

/** What an adapter can do, so that screens draw the right buttons before a process exists. */
export const capabilitiesSchema = z.object({
  /** How the agent lives: one process for many turns, one process per turn, or one request per turn. */
  exec_model: z.enum(["interactive", "run-to-completion", "request-response"]),
  /** Whether turns end by the agent's own word or process; false: by silence (`generic-cli`). */
  turn_completion: z.boolean(),
  approvals: z.boolean(),
  files: z.boolean(),
  /** Takes more text while a turn runs. */
  steer: z.boolean().default(false),
  /** Takes files with a message: by their path, or images as pictures too. */
  attachments: z.enum(["none", "paths", "images"]).default("none"),
  /** Goes on with a conversation by its native id, also after its process died. */
  resume: z.boolean().default(false),
  /** Lists its own earlier sessions on its machine, so that one can be adopted. */
  native_sessions: z.boolean().default(false),
  /** Can work in a git worktree made for the session. */
  worktree: z.boolean().default(false),
  /** Opens as a terminal: `only` (it is one), `also` (a chat agent whose program may be opened in one), or not at all. */
  terminal: z.enum(["none", "only", "also"]).default("none"),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** The abilities an adapter has that declares none of them. */
export const PLAIN_ABILITIES = {
  steer: false,
  attachments: "none",
  resume: false,
  native_sessions: false,
  worktree: false,
  terminal: "none",
} as const satisfies Partial<Capabilities>;

/** The program behind an endpoint: its version as it says itself, and the versions this build was tested with. */
export const programSchema = z.object({
  name: z.string().max(200),
  version: z.string().max(100),
  tested: z.string().max(200),
  /** Whether the version lies in the tested range. */
  in_range: z.boolean(),
});
export type Program = z.infer<typeof programSchema>;

/** One of an agent's own conversations, as it stands on its machine. `updated_at` in ms since the epoch. */
export const nativeSessionSchema = z.object({
  native_id: z.string().min(1).max(512),
  title: z.string().max(500),
  work_dir: z.string().max(4_096).optional(),
  updated_at: z.number().int(),
});
export type NativeSession = z.infer<typeof nativeSessionSchema>;

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
  program: programSchema.nullable().default(null),
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
  /** `terminal`: its messages are keys. */
  kind: z.enum(["chat", "terminal"]).default("chat"),
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

/**
 * An approval as a durable row. `open`: somebody may answer. `answered`: by a person or a rule. `expired`: nobody answered in time.
 * `withdrawn`: the agent stopped waiting first. `superseded`: the answer came when the agent no longer waited.
 */
export const approvalStateSchema = z.enum(["open", "answered", "expired", "withdrawn", "superseded"]);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

export const approvalSchema = z.object({
  session_id: idSchema,
  approval_id: idSchema,
  session_title: z.string(),
  /** Whose session it is; absent from hubs that do not say it yet. */
  user_id: idSchema.optional(),
  endpoint_id: idSchema,
  endpoint_name: z.string(),
  runtime_name: z.string(),
  turn_id: idSchema.nullable(),
  state: approvalStateSchema,
  /** Whether the answer has reached the agent. */
  applied: z.boolean(),
  /** All that the agent asked, as in the log. */
  request: approvalRequestedSchema,
  requested_at: momentSchema,
  /** When it is answered with its first rejecting option if nobody did; null: never. */
  expires_at: momentSchema.nullable(),
  resolved_at: momentSchema.nullable(),
  option_id: z.string().nullable(),
  option_kind: approvalOptionKindSchema.nullable(),
  reason: z.string().nullable(),
  answers: approvalAnswersSchema.nullable(),
  /** Who answered; for a rule, whose it is. */
  by: z.string().nullable(),
  rule_id: z.string().nullable(),
  /** What that rule said then; null: none decided, or its text was too long. Absent from hubs that do not say it yet. */
  rule: ruleTextSchema.nullable().optional(),
});
export type Approval = z.infer<typeof approvalSchema>;

/** What a session's agent changed in one file, joined over its calls. */
export const changedFileSchema = z.object({
  path: z.string(),
  change: z.enum(["created", "modified", "deleted", "moved"]),
  added: z.number().int(),
  removed: z.number().int(),
  /** The patches in the order they were made. */
  patches: z.array(z.string()),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;
