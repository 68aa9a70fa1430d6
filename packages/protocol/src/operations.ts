/**
 * Every contract: what a principal may ask the hub, declared once. tRPC, REST, OpenAPI, the client socket and the typed
 * client are loops or one-line tables over this list.
 */
import { z } from "zod";
import { approvalAnswersSchema } from "./approval.ts";
import { AUDIT_CONTRACTS } from "./audit.ts";
import {
  approvalSchema,
  approvalStateSchema,
  changedFileSchema,
  endpointSchema,
  messageSchema,
  nativeSessionSchema,
  roleSchema,
  sessionActivitySchema,
  sessionSchema,
  userSchema,
} from "./entities.ts";
import { idSchema, lineSchema, seqSchema } from "./ids.ts";
import { DEFAULT_MESSAGE_PAGE, MAX_ATTACHMENTS, MAX_EVENT_PAGE, MAX_MESSAGE_PAGE } from "./limits.ts";
import { contract, pageSize, sessionInput } from "./operation-contract.ts";
import { ruleDraftSchema, ruleEffectSchema, ruleSchema } from "./rules.ts";
import { sessionEventSchema } from "./session-event.ts";
import { sessionStateSchema } from "./session-state-schema.ts";
import { TERMINAL_CONTRACTS } from "./terminal-operations.ts";

const session = sessionInput;
const position = z.coerce.number().pipe(seqSchema);

/** A page of the log. It covers `from`..`to`; `head` is the newest event there is. Empty log or nothing newer: `to` = `from` - 1. */
export const eventPageSchema = z.object({
  from: seqSchema,
  to: seqSchema,
  head: seqSchema,
  events: z.array(sessionEventSchema),
  /** What the session does at `state.seq`; only where asked for with `include`. */
  state: sessionStateSchema.optional(),
});
export type EventPage = z.infer<typeof eventPageSchema>;

export const CONTRACTS = {
  "health.live": contract({
    summary: "Says that the process runs",
    kind: "query",
    access: "public",
    http: { method: "GET", path: "/healthz" },
    input: z.object({}),
    output: z.object({ status: z.literal("ok"), uptime: z.string(), version: z.string() }),
  }),
  "health.ready": contract({
    summary: "Says whether the database answers (503 if not)",
    kind: "query",
    access: "public",
    http: { method: "GET", path: "/readyz" },
    input: z.object({}),
    output: z.object({ status: z.literal("ready") }),
  }),
  "auth.config": contract({
    summary: "Says how to sign in",
    kind: "query",
    access: "public",
    http: { method: "GET", path: "/api/auth/config" },
    input: z.object({}),
    output: z.object({ provider: z.literal("builtin") }),
  }),
  "auth.login": contract({
    summary: "Exchanges a username and a password for a Bearer token",
    kind: "mutation",
    access: "public",
    // The sign-in itself leaves the entry, behind its throttle, where browsers come by as well.
    audited: false,
    http: { method: "POST", path: "/api/auth/login" },
    input: z.object({ username: lineSchema.min(1).max(64), password: z.string().min(1).max(1_024) }),
    output: z.object({ token: z.string(), expires_at: z.iso.datetime() }),
  }),
  "auth.logout": contract({
    summary: "Revokes the login behind this request; its open sockets are closed",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/auth/logout" },
    input: z.object({}),
    output: z.object({ status: z.literal("logged_out") }),
  }),
  "me.get": contract({
    summary: "The signed-in user",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/me" },
    input: z.object({}),
    output: userSchema,
  }),
  "users.list": contract({
    summary: "All users",
    kind: "query",
    access: "admin",
    http: { method: "GET", path: "/api/users" },
    input: z.object({}),
    output: z.array(userSchema),
  }),
  "users.create": contract({
    summary: "Adds a user",
    kind: "mutation",
    access: "admin",
    http: { method: "POST", path: "/api/users", status: 201 },
    input: z.object({
      username: z
        .string()
        .min(3)
        .max(64)
        .regex(/^[A-Za-z0-9._@-]+$/, "may hold letters, digits and . _ @ - only"),
      password: z.string().min(8, "must have at least 8 characters").max(1_024),
      role: roleSchema.default("user"),
    }),
    output: userSchema,
  }),
  "endpoints.list": contract({
    summary: "The agents on offer, with whether they can be reached",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/endpoints" },
    input: z.object({}),
    output: z.array(endpointSchema),
  }),
  "endpoints.native_sessions": contract({
    summary: "The agent's own earlier sessions on its machine, the newest first",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/endpoints/{endpoint_id}/native-sessions" },
    input: z.object({ endpoint_id: idSchema }),
    output: z.array(nativeSessionSchema),
  }),
  "sessions.list": contract({
    summary: "The caller's sessions, the most recently active first",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions" },
    input: z.object({
      state: sessionActivitySchema.optional(),
      search: lineSchema.max(200).optional(),
      limit: pageSize(200, 500),
      offset: z.coerce.number().int().min(0).default(0),
    }),
    output: z.array(sessionSchema),
  }),
  "sessions.create": contract({
    summary: "Starts a session with an endpoint",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions", status: 201 },
    input: z.object({
      endpoint_id: idSchema,
      title: lineSchema.trim().min(1).max(200).optional(),
      /** Let the agent work in a git worktree made for this session. */
      worktree: z.boolean().optional(),
      /** Go on with one of the agent's own earlier sessions (`endpoints.native_sessions`). */
      native_id: z.string().min(1).max(512).optional(),
    }),
    output: sessionSchema,
  }),
  "sessions.get": contract({
    summary: "One session",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}" },
    input: session,
    output: sessionSchema,
  }),
  "sessions.rename": contract({
    summary: "Gives a session another title",
    kind: "mutation",
    access: "user",
    http: { method: "PATCH", path: "/api/sessions/{session_id}" },
    input: session.extend({ title: lineSchema.trim().min(1).max(200) }),
    output: sessionSchema,
  }),
  "sessions.read": contract({
    summary: "Remembers how far the caller has read",
    kind: "mutation",
    access: "user",
    // A reading mark changes nothing for anybody, and moves with every screen.
    audited: false,
    http: { method: "POST", path: "/api/sessions/{session_id}/read" },
    input: session.extend({ seq: position }),
    output: z.object({ read_seq: seqSchema }),
  }),
  "sessions.stop": contract({
    summary: "Stops a turn: the named one, else the running one, else the oldest waiting one",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/stop" },
    input: session.extend({ turn_id: idSchema.optional() }),
    output: z.object({ status: z.enum(["stopping", "cancelled", "nothing_to_stop"]), turn_id: idSchema.nullable() }),
  }),
  "sessions.close": contract({
    summary: "Ends a session and its agent; its log stays",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/close" },
    input: session,
    output: z.object({ status: z.enum(["closed", "already_closed"]) }),
  }),
  "sessions.configure": contract({
    summary: "Asks the agent for another value of one of its options, e.g. its model",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/config", status: 202 },
    input: session.extend({ option_id: z.string().min(1).max(128), value_id: z.string().min(1).max(200) }),
    output: z.object({ status: z.literal("requested") }),
  }),
  "sessions.changes": contract({
    summary: "The files that the session's agent changed, with their patches",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}/changes" },
    /** `counts`: how much was changed, without any patch. */
    input: session.extend({ detail: z.enum(["patches", "counts"]).default("patches") }),
    output: z.object({
      files: z.array(changedFileSchema),
      added: z.number().int(),
      removed: z.number().int(),
      /** There were more patches than can be shown at once. */
      truncated: z.boolean(),
    }),
  }),
  "messages.list": contract({
    summary: "The messages of a session, oldest first, streamed parts joined",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}/messages" },
    input: session.extend({ limit: pageSize(DEFAULT_MESSAGE_PAGE, MAX_MESSAGE_PAGE), after_seq: position.default(0) }),
    output: z.array(messageSchema),
  }),
  "messages.send": contract({
    summary: "Posts a message; sending the same message_id again gives the same answer and posts nothing",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/messages", status: 202 },
    input: session
      .extend({
        /** May be empty when files go with it. */
        content: z.string(),
        message_id: idSchema.optional(),
        /** Seconds after which the message is not delivered any more if the runtime was away; default: the hub's. */
        expires_in: z.coerce.number().int().min(1).max(31_536_000).optional(),
        /** Ids of files uploaded to this session before (`POST /api/sessions/{session_id}/files`). */
        attachments: z.array(idSchema).max(MAX_ATTACHMENTS).optional(),
        /** Goes into the running turn if its agent takes more; else it waits for its own. */
        steer: z.boolean().optional(),
      })
      .refine(({ content, attachments }) => content !== "" || (attachments?.length ?? 0) > 0, {
        path: ["content"],
        error: "must not be empty",
      }),
    output: z.object({ seq: seqSchema, message_id: idSchema, turn_id: idSchema }),
  }),
  "events.list": contract({
    summary: "A page of a session's log: after a position, or the last ones before a position",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}/events" },
    input: session.extend({
      after_seq: position.optional(),
      before_seq: position.pipe(seqSchema.min(1)).optional(),
      limit: pageSize(200, MAX_EVENT_PAGE),
      /** `state`: also tell what the session does now, for a reader who does not begin at the first event. */
      include: z.enum(["state"]).optional(),
    }),
    output: eventPageSchema,
  }),
  "approvals.list": contract({
    summary: "What agents ask or asked, over all sessions the caller may answer in; the newest first",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/approvals" },
    input: z.object({
      state: approvalStateSchema.optional(),
      /** `all`: of every user; admins only. */
      scope: z.enum(["mine", "all"]).default("mine"),
      limit: pageSize(50, 200),
      offset: z.coerce.number().int().min(0).default(0),
    }),
    output: z.array(approvalSchema),
  }),
  "approvals.count": contract({
    summary: "How much waits for an answer",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/approvals/count" },
    input: z.object({
      /** `all`: of every user; admins only. */
      scope: z.enum(["mine", "all"]).default("mine"),
    }),
    output: z.object({ open: z.number().int() }),
  }),
  "approvals.get": contract({
    summary: "One approval, with all that the agent asked",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}/approvals/{approval_id}" },
    input: session.extend({ approval_id: idSchema }),
    output: approvalSchema,
  }),
  "approvals.answer": contract({
    summary: "Answers what an agent asks; the first valid answer wins",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/approvals/{approval_id}" },
    input: session.extend({
      approval_id: idSchema,
      option_id: z.string().min(1).max(128),
      /** Reaches the agent with a rejecting answer. */
      reason: z.string().max(4_000).optional(),
      /** For questions: by question id. */
      answers: approvalAnswersSchema.optional(),
      /** What the caller saw; refused with CONFLICT when the agent asks for something else. */
      input_hash: z.string().length(64).optional(),
    }),
    output: z.object({ status: z.literal("answered"), option_id: z.string() }),
  }),
  "approvals.propose_rule": contract({
    summary: "The narrowest rule that would have allowed this call",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/sessions/{session_id}/approvals/{approval_id}/rule" },
    input: session.extend({ approval_id: idSchema }),
    output: ruleDraftSchema,
  }),
  "rules.list": contract({
    summary: "The caller's rules and those for everyone",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/rules" },
    input: z.object({}),
    output: z.array(ruleSchema),
  }),
  "rules.create": contract({
    summary: "Adds a rule that decides approvals without asking",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/rules", status: 201 },
    input: ruleDraftSchema,
    output: ruleSchema,
  }),
  "rules.update": contract({
    summary: "Replaces a rule's text, or switches it on or off",
    kind: "mutation",
    access: "user",
    http: { method: "PATCH", path: "/api/rules/{rule_id}" },
    input: z.object({ rule_id: idSchema, draft: ruleDraftSchema.optional(), enabled: z.boolean().optional() }),
    output: ruleSchema,
  }),
  "rules.delete": contract({
    summary: "Removes a rule; what it decided stays in the logs",
    kind: "mutation",
    access: "user",
    http: { method: "DELETE", path: "/api/rules/{rule_id}" },
    input: z.object({ rule_id: idSchema }),
    output: z.object({ status: z.literal("deleted") }),
  }),
  "rules.rehearse": contract({
    summary: "Which calls of the last 30 days a rule would have matched, and what became of them; nothing is saved",
    kind: "query",
    access: "user",
    http: { method: "POST", path: "/api/rules/rehearse" },
    /** `rule_id`: the rule that this draft is to replace; it is left out. */
    input: z.object({ draft: ruleDraftSchema, rule_id: idSchema.optional() }),
    output: z.object({
      /** Calls looked at. */
      considered: z.number().int(),
      /** How many of them the rule matches; `calls` shows the newest 100. */
      matched: z.number().int(),
      /** `effect`: what the draft and the rules that stand would do together. */
      calls: z.array(z.object({ approval: approvalSchema, effect: ruleEffectSchema })),
    }),
  }),
  ...TERMINAL_CONTRACTS,
  ...AUDIT_CONTRACTS,
} as const;

export type Contracts = typeof CONTRACTS;
export type OperationName = keyof Contracts;
/** What a caller passes: defaults may be left out. */
export type OperationInput<N extends OperationName> = z.input<Contracts[N]["input"]>;
/** What the implementation receives: parsed, defaults filled in. */
export type OperationArguments<N extends OperationName> = z.output<Contracts[N]["input"]>;
export type OperationOutput<N extends OperationName> = z.output<Contracts[N]["output"]>;

export const OPERATION_NAMES = Object.keys(CONTRACTS) as OperationName[];

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(CONTRACTS, name);
}
