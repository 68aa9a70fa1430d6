/**
 * Every contract: what a principal may ask the hub, declared once. tRPC, REST, OpenAPI, the client socket and the typed
 * client are loops or one-line tables over this list.
 */
import { z } from "zod";
import { endpointSchema, messageSchema, roleSchema, sessionActivitySchema, sessionSchema, userSchema } from "./entities.ts";
import { idSchema, lineSchema, seqSchema } from "./ids.ts";
import { DEFAULT_MESSAGE_PAGE, MAX_EVENT_PAGE, MAX_MESSAGE_PAGE } from "./limits.ts";
import { sessionEventSchema } from "./session-event.ts";
import { sessionStateSchema } from "./session-state-schema.ts";

export type OperationKind = "query" | "mutation";

export interface Contract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType, K extends OperationKind = OperationKind> {
  readonly summary: string;
  readonly kind: K;
  /** Who may call it at all; what they may touch is decided per subject. */
  readonly access: "public" | "user" | "admin";
  /** `{name}` parts of the path, the query string and the body are merged into one input. */
  readonly http: { readonly method: "GET" | "POST" | "PATCH"; readonly path: string; readonly status?: number };
  readonly input: I;
  readonly output: O;
}

function contract<I extends z.ZodType, O extends z.ZodType, const K extends OperationKind>(
  definition: Contract<I, O, K>,
): Contract<I, O, K> {
  return definition;
}

const session = z.object({ session_id: idSchema });
const pageSize = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);
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
    input: z.object({ endpoint_id: idSchema, title: lineSchema.trim().min(1).max(200).optional() }),
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
    input: session.extend({
      content: z.string().min(1, "must not be empty"),
      message_id: idSchema.optional(),
      /** Seconds after which the message is not delivered any more if the runtime was away; default: the hub's. */
      expires_in: z.coerce.number().int().min(1).max(31_536_000).optional(),
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
  "approvals.answer": contract({
    summary: "Answers what an agent asks; the first valid answer wins",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/sessions/{session_id}/approvals/{approval_id}" },
    input: session.extend({
      approval_id: idSchema,
      option_id: z.string().min(1).max(128),
      reason: z.string().max(4_000).optional(),
    }),
    output: z.object({ status: z.literal("answered"), option_id: z.string() }),
  }),
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
