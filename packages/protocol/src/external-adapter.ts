/**
 * JSON lines between a runtime and a `generic-external` process: one object per line, UTF-8, `\n`, at most 1 MiB a line.
 * A public contract (docs/adapters.md); additions only.
 */
import { z } from "zod";

/** The version a `ready` line may name. */
export const EXTERNAL_PROTOCOL_VERSION = 1;
/** The longest line either side may write, in bytes. */
export const MAX_EXTERNAL_LINE_BYTES = 1024 * 1024;

/** Runtime → process. Every line but none of its answers names the session it is about. */
export const externalInputSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("session.start"), session_id: z.string() }),
  z.object({ type: z.literal("user.input"), session_id: z.string(), content: z.string() }),
  z.object({
    type: z.literal("permission.response"),
    session_id: z.string(),
    request_id: z.string(),
    approved: z.boolean(),
    reason: z.string().optional(),
  }),
  z.object({ type: z.literal("stop"), session_id: z.string() }),
  z.object({ type: z.literal("session.close"), session_id: z.string() }),
]);
export type ExternalInput = z.infer<typeof externalInputSchema>;

/** Process → runtime. */
export const externalOutputSchema = z.discriminatedUnion("type", [
  /** Optional first line. A process that stays silent is taken to speak version 1. */
  z.object({ type: z.literal("ready"), protocol: z.number().int(), name: z.string().optional(), version: z.string().optional() }),
  z.object({
    type: z.literal("output"),
    session_id: z.string(),
    content: z.string(),
    channel: z.enum(["answer", "thought", "stdout", "stderr"]).catch("stdout").default("stdout"),
  }),
  /** Ends the running turn of that session. `error` makes it a failed one. */
  z.object({
    type: z.literal("turn.complete"),
    session_id: z.string(),
    exit_code: z.number().int().optional(),
    error: z.string().optional(),
  }),
  z.object({
    type: z.literal("permission.request"),
    session_id: z.string(),
    request_id: z.string().min(1).max(120),
    tool: z.string().default("unknown"),
    description: z.string().default(""),
    resource: z.string().optional(),
  }),
  /** A file inside the endpoint's working directory; any other path is refused with a notice. */
  z.object({
    type: z.literal("file.output"),
    session_id: z.string(),
    file_path: z.string().min(1),
    file_name: z.string().optional(),
    file_mime_type: z.string().optional(),
  }),
]);
export type ExternalOutput = z.infer<typeof externalOutputSchema>;
