/** The JSON lines of `pi --mode rpc`: what is known of them, read loosely and without ever throwing. */
import { describeIssues } from "@fairlead/protocol";
import { z } from "zod";

const count = z.number().finite().min(0).catch(0);
const lines = z.array(z.string()).catch([]);

const usageSchema = z.looseObject({
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  totalTokens: count,
  cost: z.looseObject({ total: count }).catch({ total: 0 }),
});

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional().catch(undefined),
  thinking: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
});
const contentSchema = z
  .union([z.string().transform((text): z.infer<typeof partSchema>[] => [{ type: "text", text }]), z.array(partSchema)])
  .catch([]);

const messageSchema = z.looseObject({
  role: z.string(),
  content: contentSchema,
  stopReason: z.string().optional().catch(undefined),
  errorMessage: z.string().optional().catch(undefined),
  usage: usageSchema.optional().catch(undefined),
  display: z.boolean().optional().catch(undefined),
});

const argumentsSchema = z.record(z.string(), z.unknown()).catch({});
const resultSchema = z
  .looseObject({
    content: contentSchema,
    details: z
      .looseObject({ patch: z.string().optional().catch(undefined), todos: z.unknown().optional() })
      .optional()
      .catch(undefined),
    structuredContent: z
      .looseObject({ exit_code: z.number().int().optional().catch(undefined) })
      .optional()
      .catch(undefined),
  })
  .catch({ content: [] });
export type ToolResult = z.infer<typeof resultSchema>;

const toolFields = { toolCallId: z.string(), toolName: z.string() };

/** A piece of the assistant's message. Since 0.87 a call's name and id stand in it; before, in the message so far. */
const updateSchema = z.looseObject({
  type: z.string(),
  contentIndex: z.number().int().min(0).catch(0),
  delta: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
  toolName: z.string().optional().catch(undefined),
  toolCall: z.looseObject({ id: z.string(), name: z.string(), arguments: argumentsSchema }).optional().catch(undefined),
  partial: z.looseObject({ content: contentSchema }).optional().catch(undefined),
});
export type MessageUpdate = z.infer<typeof updateSchema>;

/** What an extension wants of the person; all but the dialogs expect no answer. */
const uiRequestSchema = z.looseObject({
  type: z.literal("extension_ui_request"),
  id: z.string(),
  method: z.string(),
  title: z.string().catch(""),
  message: z.string().catch(""),
  options: lines,
  placeholder: z.string().optional().catch(undefined),
  prefill: z.string().optional().catch(undefined),
  /** After so long (ms) pi goes on without an answer. */
  timeout: z.number().positive().optional().catch(undefined),
  notifyType: z.enum(["info", "warning", "error"]).catch("info"),
  statusKey: z.string().optional().catch(undefined),
  statusText: z.string().optional().catch(undefined),
});
export type UiRequest = z.infer<typeof uiRequestSchema>;

const responseSchema = z.looseObject({
  type: z.literal("response"),
  id: z.string().optional().catch(undefined),
  command: z.string().catch(""),
  success: z.boolean(),
  data: z.unknown().optional(),
  error: z.string().catch("no reason given"),
});
export type Response = z.infer<typeof responseSchema>;

/** Told by pi and of no use here. */
const UNUSED_TYPES = [
  "turn_start",
  "turn_end",
  "entry_appended",
  "session_info_changed",
  "thinking_level_changed",
  "summarization_retry_scheduled",
  "summarization_retry_attempt_start",
  "summarization_retry_finished",
  "bash_execution_update",
] as const;

const nativeSchema = z.discriminatedUnion("type", [
  responseSchema,
  uiRequestSchema,
  z.looseObject({ type: z.literal("agent_start") }),
  /** `willRetry` is there since there is `agent_settled`, the true end. */
  z.looseObject({ type: z.literal("agent_end"), willRetry: z.boolean().optional().catch(undefined) }),
  z.looseObject({ type: z.literal("agent_settled") }),
  z.looseObject({ type: z.literal("message_start"), message: messageSchema }),
  z.looseObject({ type: z.literal("message_update"), assistantMessageEvent: updateSchema }),
  z.looseObject({ type: z.literal("message_end"), message: messageSchema }),
  z.looseObject({ type: z.literal("tool_execution_start"), ...toolFields, args: argumentsSchema }),
  z.looseObject({ type: z.literal("tool_execution_update"), ...toolFields, partialResult: resultSchema }),
  z.looseObject({ type: z.literal("tool_execution_end"), ...toolFields, result: resultSchema, isError: z.boolean().catch(false) }),
  z.looseObject({ type: z.literal("queue_update"), steering: lines, followUp: lines }),
  z.looseObject({ type: z.literal("compaction_start") }),
  z.looseObject({
    type: z.literal("compaction_end"),
    willRetry: z.boolean().catch(false),
    errorMessage: z.string().optional().catch(undefined),
  }),
  z.looseObject({
    type: z.literal("auto_retry_start"),
    attempt: count,
    maxAttempts: count,
    delayMs: count,
    errorMessage: z.string().catch("no reason given"),
  }),
  z.looseObject({ type: z.literal("auto_retry_end"), success: z.boolean().catch(false) }),
  z.looseObject({ type: z.literal("extension_error"), extensionPath: z.string().catch(""), error: z.string().catch("") }),
  z.looseObject({ type: z.literal(UNUSED_TYPES) }),
]);
export type NativeMessage = z.infer<typeof nativeSchema>;
export type AssistantMessage = z.infer<typeof messageSchema>;

const KNOWN_TYPES: readonly string[] = nativeSchema.options.flatMap((option) => [...option.shape.type.values]);

export type Decoded =
  | { readonly ok: true; readonly message: NativeMessage }
  | {
      readonly ok: false;
      readonly code: "bad_line" | "unknown_message" | "unknown_request";
      readonly text: string;
      readonly type?: string;
      /** It wants an answer to this id. */
      readonly id?: string;
    };

/** One line → a message, or what is wrong with it. */
export function decodeLine(line: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, code: "bad_line", text: `A line of pi is not JSON: ${excerpt(line)}` };
  }
  const parsed = nativeSchema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const { type, id } = headSchema.parse(value);
  const asks = type?.endsWith("_request") && id !== undefined ? { id } : {};
  if (type !== undefined && !KNOWN_TYPES.includes(type)) {
    const code = "id" in asks ? "unknown_request" : "unknown_message";
    return { ok: false, code, type, text: `pi sent a message of the unknown type "${type.slice(0, 64)}".`, ...asks };
  }
  return { ok: false, code: "bad_line", text: `A line of pi is not valid (${describeIssues(parsed.error)}): ${excerpt(line)}`, ...asks };
}

const headSchema = z
  .object({ type: z.string().optional().catch(undefined), id: z.string().optional().catch(undefined) })
  .catch({ type: undefined, id: undefined });

function excerpt(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

export const modelSchema = z.looseObject({
  id: z.string().min(1),
  provider: z.string().catch(""),
  name: z.string().optional().catch(undefined),
  reasoning: z.boolean().catch(false),
  contextWindow: z.number().int().positive().optional().catch(undefined),
});
export type Model = z.infer<typeof modelSchema>;

/** The answer to `get_state`. */
export const stateSchema = z.looseObject({
  model: modelSchema.nullish().catch(undefined),
  thinkingLevel: z.string().optional().catch(undefined),
  isStreaming: z.boolean(),
  isCompacting: z.boolean().catch(false),
  sessionId: z.string().min(1).max(512),
  sessionFile: z.string().optional().catch(undefined),
  pendingMessageCount: count,
});
export type AgentState = z.infer<typeof stateSchema>;

export const modelsSchema = z.looseObject({
  models: z.array(z.unknown()).transform((all) =>
    all.flatMap((one) => {
      const parsed = modelSchema.safeParse(one);
      return parsed.success ? [parsed.data] : [];
    }),
  ),
});

export const commandsSchema = z.looseObject({
  commands: z.array(z.looseObject({ name: z.string().min(1), description: z.string().optional().catch(undefined) })).catch([]),
});

/** The answer to `prompt`: newer versions say what became of it. */
export const dispositionSchema = z.looseObject({ disposition: z.string().optional().catch(undefined) }).catch({ disposition: undefined });
