/** The JSON lines between the runtime and Claude Code (stream-json): loose schemas, and decoding that never throws. */
import { z } from "zod";

const count = z.number().int().min(0).optional().catch(undefined);
const word = z.string().optional().catch(undefined);
const words = z.array(z.string()).optional().catch(undefined);
const parent = z.string().min(1).nullish().catch(undefined);

const usageSchema = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});
export type NativeUsage = z.infer<typeof usageSchema>;

const blockSchema = z.looseObject({
  type: z.string(),
  id: word,
  name: word,
  input: z.record(z.string(), z.unknown()).optional().catch(undefined),
  text: word,
  thinking: word,
  tool_use_id: word,
  content: z.unknown().optional(),
  is_error: z.boolean().optional().catch(undefined),
});
export type Block = z.infer<typeof blockSchema>;

const contentSchema = z.union([z.string().transform((text): Block[] => [{ type: "text", text }]), z.array(blockSchema)]).catch([]);

const assistantSchema = z.looseObject({
  type: z.literal("assistant"),
  message: z.looseObject({ id: word, model: word, content: contentSchema, usage: usageSchema.optional().catch(undefined) }),
  parent_tool_use_id: parent,
  error: word,
});

const userSchema = z.looseObject({
  type: z.literal("user"),
  message: z.looseObject({ content: contentSchema }),
  parent_tool_use_id: parent,
  tool_use_result: z.unknown().optional(),
});

const streamEventSchema = z.looseObject({
  type: z.literal("stream_event"),
  parent_tool_use_id: parent,
  event: z.looseObject({
    type: z.string(),
    message: z
      .looseObject({ id: word, usage: usageSchema.optional().catch(undefined) })
      .optional()
      .catch(undefined),
    content_block: blockSchema.optional().catch(undefined),
    delta: z.looseObject({ type: word, text: word, thinking: word }).optional().catch(undefined),
    usage: usageSchema.optional().catch(undefined),
  }),
});

const systemSchema = z.looseObject({
  type: z.literal("system"),
  subtype: z.string(),
  session_id: word,
  model: word,
  permissionMode: word,
  attempt: count,
  max_retries: count,
  retry_delay_ms: z.number().min(0).optional().catch(undefined),
  error_status: z.number().nullish().catch(undefined),
  error: word,
});

const modelUsageSchema = z.looseObject({
  costUSD: z.number().min(0).optional().catch(undefined),
  contextWindow: count,
});

const resultSchema = z.looseObject({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean().catch(false),
  result: word,
  errors: words,
  stop_reason: z.string().nullish().catch(undefined),
  terminal_reason: word,
  api_error_status: z.number().nullish().catch(undefined),
  total_cost_usd: z.number().min(0).optional().catch(undefined),
  usage: usageSchema.optional().catch(undefined),
  modelUsage: z.record(z.string(), modelUsageSchema).optional().catch(undefined),
  model_usage_since_last_result: z.record(z.string(), modelUsageSchema).optional().catch(undefined),
  /** The lines of ours that this result answers. */
  user_message_uuids: words,
  /** Where the work came from when nobody asked for it, e.g. a background command that has ended. */
  origin: z.looseObject({ kind: word }).nullish().catch(undefined),
});

/** What became of a line of ours: `queued`, `started`, then `completed` or `cancelled`. */
const lifecycleSchema = z.looseObject({ type: z.literal("command_lifecycle"), command_uuid: z.string(), state: z.string() });

const rateLimitSchema = z.looseObject({
  type: z.literal("rate_limit_event"),
  rate_limit_info: z.looseObject({ status: word, resetsAt: z.number().optional().catch(undefined) }),
});

const controlRequestSchema = z.looseObject({
  type: z.literal("control_request"),
  request_id: z.string().min(1),
  request: z.looseObject({ subtype: z.string() }),
});
export type ControlRequest = z.infer<typeof controlRequestSchema>;

const controlResponseSchema = z.looseObject({
  type: z.literal("control_response"),
  response: z.looseObject({ subtype: z.string(), request_id: z.string(), response: z.unknown().optional(), error: word }),
});
export type ControlResponse = z.infer<typeof controlResponseSchema>;

const controlCancelSchema = z.looseObject({ type: z.literal("control_cancel_request"), request_id: z.string() });

const messageSchema = z.discriminatedUnion("type", [
  assistantSchema,
  userSchema,
  streamEventSchema,
  systemSchema,
  resultSchema,
  lifecycleSchema,
  rateLimitSchema,
  controlRequestSchema,
  controlResponseSchema,
  controlCancelSchema,
]);
export type NativeMessage = z.infer<typeof messageSchema>;
export type ResultMessage = z.infer<typeof resultSchema>;
export type AssistantMessage = z.infer<typeof assistantSchema>;
export type UserMessage = z.infer<typeof userSchema>;
export type StreamEvent = z.infer<typeof streamEventSchema>;
export type SystemMessage = z.infer<typeof systemSchema>;

/** The question whether a tool may run. */
export const toolQuestionSchema = z.looseObject({
  subtype: z.literal("can_use_tool"),
  tool_name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  tool_use_id: z.string().min(1).optional().catch(undefined),
  decision_reason: word,
  permission_suggestions: z.array(z.unknown()).optional().catch(undefined),
});
export type ToolQuestion = z.infer<typeof toolQuestionSchema>;

/** The answer to `initialize`. */
export const initializedSchema = z.looseObject({
  commands: z
    .array(z.looseObject({ name: z.string(), description: word, argumentHint: word }))
    .optional()
    .catch(undefined),
  models: z
    .array(z.looseObject({ value: z.string(), displayName: word, description: word }))
    .optional()
    .catch(undefined),
  current_permission_mode: word,
});
export type Initialized = z.infer<typeof initializedSchema>;

const KNOWN: ReadonlySet<string> = new Set(messageSchema.options.map((option) => option.shape.type.value));
/** Messages that say nothing a person in a session needs. */
const SILENT: ReadonlySet<string> = new Set([
  "keep_alive",
  "tool_progress",
  "tool_use_summary",
  "auth_status",
  "prompt_suggestion",
  "conversation_reset",
  "files_persisted",
]);

export type Decoded =
  | { readonly ok: true; readonly message: NativeMessage }
  | { readonly ok: false; readonly code: "silent" }
  | {
      readonly ok: false;
      readonly code: "bad_line" | "unknown_message";
      readonly text: string;
      readonly type?: string;
      /** A request that is not valid still wants an answer. */
      readonly request_id?: string;
    };

export function decodeLine(line: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, code: "bad_line", text: `A line of Claude Code is not JSON: ${excerpt(line)}` };
  }
  const type = fieldOf(value, "type");
  if (type === undefined) return { ok: false, code: "bad_line", text: `A line of Claude Code has no type: ${excerpt(line)}` };
  if (SILENT.has(type)) return { ok: false, code: "silent" };
  if (!KNOWN.has(type)) {
    const text = `Claude Code sent a message of the unknown type "${type.slice(0, 64)}".`;
    return { ok: false, code: "unknown_message", text, type };
  }
  const parsed = messageSchema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const request_id = type === "control_request" ? fieldOf(value, "request_id") : undefined;
  const text = `A line of Claude Code is not valid: ${excerpt(line)}`;
  return { ok: false, code: "bad_line", text, ...(request_id === undefined ? {} : { request_id }) };
}

function fieldOf(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const field: unknown = Reflect.get(value, key);
  return typeof field === "string" ? field : undefined;
}

function excerpt(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
