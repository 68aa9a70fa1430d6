/** Frames of `/ws/runtime`: a runtime on one side, the hub on the other. */
import { z } from "zod";
import { approvalAnswersSchema } from "./approval.ts";
import { capabilitiesSchema, nativeSessionSchema, profileSchema, programSchema } from "./entities.ts";
import { errorCodeSchema } from "./errors.ts";
import { idSchema, ordinalSchema, shownSchema } from "./ids.ts";
import { MAX_ATTACHMENTS } from "./limits.ts";
import { attachmentSchema, runtimeEventSchema } from "./session-event.ts";
import { terminalColsSchema, terminalRowsSchema } from "./terminal.ts";
import { terminalScreenSchema } from "./terminal-operations.ts";
import { hubToRuntimeTerminalFrames, runtimeTerminalFrames } from "./terminal-socket.ts";

export const endpointOfferSchema = z.object({
  id: idSchema,
  name: shownSchema.min(1).max(200),
  profile: profileSchema,
  tags: z.record(z.string().max(64), z.string().max(256)).default({}),
  capabilities: capabilitiesSchema,
  program: programSchema.optional(),
  /** Why it cannot run on that machine, e.g. its command is not installed; absent: it can. */
  unavailable: shownSchema.max(1_000).optional(),
});
export type EndpointOffer = z.infer<typeof endpointOfferSchema>;

/** Where a session's stream stands in the runtime. A new `stream` id means its numbering began again at 1. */
export const streamPositionSchema = z.object({ session_id: idSchema, stream: idSchema, next_ordinal: ordinalSchema });

/**
 * What the hub has of a stream: everything up to `acked_ordinal`, and the turns it holds for running or waiting. A runtime that kept
 * nothing that low begins a new stream; a turn that is over there and open here lost its end on the way, and is ended once more.
 */
export const ackedPositionSchema = z.object({
  session_id: idSchema,
  stream: idSchema,
  acked_ordinal: ordinalSchema,
  running_turn: idSchema.optional(),
  queued_turns: z.array(idSchema).optional(),
});
export type AckedPosition = z.infer<typeof ackedPositionSchema>;

export const commandKindSchema = z.enum([
  "turn.start",
  "turn.cancel",
  "approval.answer",
  "session.configure",
  "session.close",
  "terminal.open",
  "terminal.record",
]);
export type CommandKind = z.infer<typeof commandKindSchema>;

const command = { id: idSchema, session_id: idSchema };
/** What the hub asks a runtime to do. Resent until acknowledged; the runtime remembers the ids it has taken. */
export const runtimeCommandSchema = z.discriminatedUnion("kind", [
  z.object({
    ...command,
    kind: z.literal("turn.start"),
    turn_id: idSchema,
    message_id: idSchema,
    /** The endpoint as the runtime itself names it. */
    endpoint_id: idSchema,
    content: z.string(),
    native_id: z.string().nullable().default(null),
    attachments: z.array(attachmentSchema).max(MAX_ATTACHMENTS).optional(),
    /** Goes into this turn if it still runs and its agent takes more; else it waits for its own. */
    steers: idSchema.optional(),
    /** The session's agent works in a git worktree of its own. */
    worktree: z.boolean().optional(),
  }),
  z.object({ ...command, kind: z.literal("turn.cancel"), turn_id: idSchema }),
  z.object({
    ...command,
    kind: z.literal("approval.answer"),
    approval_id: idSchema,
    /** One that was not offered, as the empty one, says no. */
    option_id: z.string().max(128),
    reason: z.string().max(4_000).optional(),
    /** What the answer is for: the agent must be asking for exactly this. */
    input_hash: z.string().length(64).optional(),
    answers: approvalAnswersSchema.optional(),
  }),
  z.object({
    ...command,
    kind: z.literal("session.configure"),
    endpoint_id: idSchema,
    option_id: z.string().max(128),
    value_id: z.string().max(200),
  }),
  z.object({ ...command, kind: z.literal("session.close") }),
  /** Starts the program of a terminal; at most one runs in a session. `record`: default as the endpoint's config says. */
  z.object({
    ...command,
    kind: z.literal("terminal.open"),
    terminal_id: idSchema,
    endpoint_id: idSchema,
    cols: terminalColsSchema,
    rows: terminalRowsSchema,
    record: z.boolean().optional(),
  }),
  z.object({ ...command, kind: z.literal("terminal.record"), on: z.boolean() }),
]);
export type RuntimeCommand = z.infer<typeof runtimeCommandSchema>;

/** What the hub may ask a connected runtime. Only `terminal.write` changes anything, and nobody sends it twice. */
export const runtimeRequestSchema = z.discriminatedUnion("kind", [
  /** The agent's own earlier sessions on that machine, the newest first. */
  z.object({ kind: z.literal("native_sessions.list"), endpoint_id: idSchema }),
  z.object({ kind: z.literal("terminal.screen"), session_id: idSchema, history: z.number().int().min(0).max(10_000) }),
  z.object({ kind: z.literal("terminal.write"), session_id: idSchema, data: z.string() }),
  /** `timeout` in ms. */
  z.object({
    kind: z.literal("terminal.wait"),
    session_id: idSchema,
    pattern: z.string().max(1_000),
    after_offset: z.number().int().min(0).optional(),
    timeout: z.number().int().min(1),
  }),
]);
export type RuntimeRequest = z.infer<typeof runtimeRequestSchema>;

export const runtimeFrameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("runtime.hello"),
    protocol: z.array(z.number().int()).min(1).max(16).default([1]),
    runtime_id: idSchema,
    name: shownSchema.max(200).optional(),
    /** May stand here or in the Authorization header of the upgrade. */
    token: z.string().max(1_024).optional(),
    version: shownSchema.max(64).default("unknown"),
    endpoints: z.array(endpointOfferSchema).max(500),
    sessions: z.array(streamPositionSchema).max(10_000).default([]),
  }),
  /** Events `from`, `from`+1, … of one stream, in order. */
  z.object({
    type: z.literal("events"),
    session_id: idSchema,
    stream: idSchema,
    from: ordinalSchema,
    events: z.array(runtimeEventSchema).min(1).max(10_000),
  }),
  /**
   * `delivered`: written to the runtime's disk, will be carried out. `applied`: carried out or begun.
   * `failed`: will not be carried out; `error` says why.
   */
  z.object({
    type: z.literal("command.ack"),
    id: idSchema,
    state: z.enum(["delivered", "applied", "failed"]),
    error: shownSchema.max(8_192).optional(),
  }),
  /** The offer changed, e.g. a command was installed. */
  z.object({ type: z.literal("runtime.endpoints"), endpoints: z.array(endpointOfferSchema).max(500) }),
  /** Answers a `request` of the hub. */
  z.object({
    type: z.literal("response"),
    id: idSchema,
    native_sessions: z.array(nativeSessionSchema).max(500).optional(),
    screen: terminalScreenSchema.optional(),
    written: z.object({ offset: z.number().int().min(0) }).optional(),
    waited: z
      .object({ outcome: z.enum(["matched", "timeout", "closed"]), match: z.string().nullable(), offset: z.number().int().min(0) })
      .optional(),
    error: shownSchema.max(2_000).optional(),
  }),
  ...runtimeTerminalFrames,
  z.object({ type: z.literal("ping") }),
]);
export type RuntimeFrame = z.infer<typeof runtimeFrameSchema>;

export const hubToRuntimeFrameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello.ack"),
    ok: z.boolean(),
    error: z.string().optional(),
    protocol: z.number().int().optional(),
    version: z.string().optional(),
    /** Counts this runtime's connections; frames of an older connection are refused. */
    epoch: z.number().int().optional(),
    heartbeat_ms: z.number().int().optional(),
    silence_limit_ms: z.number().int().optional(),
    max_frame_bytes: z.number().int().optional(),
    /** The largest file of an agent's that the hub takes (bytes). */
    max_file_bytes: z.number().int().optional(),
    /** Up to where each stream named in the hello is stored. A session missing here is unknown to the hub: drop its outbox. */
    sessions: z.array(ackedPositionSchema).default([]),
  }),
  /** Everything up to `ordinal` is stored; the runtime forgets it. */
  z.object({ type: z.literal("events.ack"), session_id: idSchema, stream: idSchema, ordinal: ordinalSchema }),
  z.object({ type: z.literal("command"), command: runtimeCommandSchema }),
  /** Asks for something that is true only now and changes nothing: not stored, not resent; unanswered in time it has failed. */
  z.object({ type: z.literal("request"), id: idSchema, request: runtimeRequestSchema }),
  ...hubToRuntimeTerminalFrames,
  z.object({ type: z.literal("error"), session_id: z.string().optional(), code: errorCodeSchema, error: z.string() }),
  z.object({ type: z.literal("pong") }),
]);
export type HubToRuntimeFrame = z.infer<typeof hubToRuntimeFrameSchema>;
