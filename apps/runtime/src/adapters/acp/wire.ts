/** Loose schemas of the Agent Client Protocol, wire version 1: what we use is named; what is odd in it is left out, never an error. */
import { stopReasonSchema, toolKindSchema, toolStatusSchema } from "@fairlead/protocol";
import { z } from "zod";

export const ACP_VERSION = 1;
/** Errors of the protocol besides those of JSON-RPC. */
export const ACP_AUTH_REQUIRED = -32000;
export const ACP_NOT_FOUND = -32002;
export const ACP_CANCELLED = -32800;
export const ACP_INVALID_PARAMS = -32602;

const word = z.string().optional().catch(undefined);
const whole = z.number().int().min(0).optional().catch(undefined);
const amount = z.number().min(0).optional().catch(undefined);

/** A list whose odd items are left out; absent when it is no list. */
function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(z.unknown())
    .optional()
    .catch(undefined)
    .transform((items) =>
      items?.flatMap((one) => {
        const parsed = item.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}

function maybe<T extends z.ZodType>(shape: T) {
  return shape.optional().catch(undefined);
}

/** What agents add to the protocol under `_meta` and what several of them share. */
const metaSchema = maybe(
  z.looseObject({
    claudeCode: maybe(z.looseObject({ toolName: word, parentToolUseId: word })),
    codex: maybe(
      z.looseObject({
        threadStatus: maybe(z.looseObject({ type: word })),
        error: maybe(z.looseObject({ message: word, additionalDetails: word, willRetry: z.boolean().catch(false) })),
      }),
    ),
    terminal_output: maybe(z.looseObject({ data: z.string() })),
    terminal_output_delta: maybe(z.looseObject({ data: z.string() })),
    terminal_exit: maybe(z.looseObject({ exit_code: z.number().int().optional().catch(undefined) })),
    kind: word,
  }),
);

export const contentBlockSchema = z.looseObject({
  type: z.string(),
  text: word,
  uri: word,
  name: word,
  resource: maybe(z.looseObject({ uri: word, text: word })),
});
export type ContentBlock = z.infer<typeof contentBlockSchema>;

const toolContentSchema = z.looseObject({
  type: z.string(),
  content: maybe(contentBlockSchema),
  path: word,
  oldText: word,
  newText: word,
  terminalId: word,
  _meta: metaSchema,
});
export type NativeContent = z.infer<typeof toolContentSchema>;

export const toolCallSchema = z.looseObject({
  toolCallId: z.string().min(1).max(2_000),
  title: word,
  name: word,
  kind: maybe(toolKindSchema),
  status: maybe(toolStatusSchema),
  content: listOf(toolContentSchema),
  locations: listOf(z.looseObject({ path: z.string().min(1), line: whole })),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  _meta: metaSchema,
});
export type NativeToolCall = z.infer<typeof toolCallSchema>;

const optionValueSchema = z.looseObject({ value: z.string().min(1), name: word, description: word });
/** Values may stand in named groups. */
const optionValuesSchema = listOf(
  z.union([
    optionValueSchema.transform((value) => [value]),
    z.looseObject({ options: listOf(optionValueSchema) }).transform(({ options }) => options ?? []),
  ]),
).transform((groups) => groups?.flat() ?? []);

export const configOptionsSchema = listOf(
  z.looseObject({
    id: z.string().min(1),
    name: word,
    category: word,
    currentValue: z.union([z.string(), z.boolean()]).optional().catch(undefined),
    options: optionValuesSchema,
  }),
);
export type NativeConfigOption = NonNullable<z.infer<typeof configOptionsSchema>>[number];

/** What a session begins with: the three generations of options. */
export const sessionSetupSchema = z.looseObject({
  sessionId: word,
  configOptions: configOptionsSchema,
  modes: maybe(
    z.looseObject({
      currentModeId: word,
      availableModes: listOf(z.looseObject({ id: z.string().min(1), name: word, description: word })),
    }),
  ),
  models: maybe(
    z.looseObject({
      currentModelId: word,
      availableModels: listOf(z.looseObject({ modelId: z.string().min(1), name: word, description: word })),
    }),
  ),
});
export type SessionSetup = z.infer<typeof sessionSetupSchema>;

/** An update; which of the fields are there depends on its kind. */
export const updateSchema = z.looseObject({
  sessionUpdate: z.string(),
  messageId: word,
  entries: listOf(
    z.looseObject({
      content: z.string(),
      priority: z.enum(["high", "medium", "low"]).catch("medium"),
      status: z.enum(["pending", "in_progress", "completed"]).catch("pending"),
    }),
  ),
  availableCommands: listOf(z.looseObject({ name: z.string().min(1), description: word, input: maybe(z.looseObject({ hint: word })) })),
  currentModeId: word,
  configOptions: configOptionsSchema,
  used: whole,
  size: whole,
  cost: maybe(z.looseObject({ amount, currency: word })),
  _meta: metaSchema,
});
export type NativeUpdate = z.infer<typeof updateSchema>;

export const sessionUpdateSchema = z.looseObject({ sessionId: word, update: updateSchema });

export const permissionRequestSchema = z.looseObject({
  toolCall: toolCallSchema,
  options: listOf(
    z.looseObject({
      optionId: z.string().min(1),
      name: word,
      kind: z.enum(["allow_once", "allow_always", "reject_once", "reject_always"]),
    }),
  ),
});
export type PermissionRequest = z.infer<typeof permissionRequestSchema>;

/** What an agent says of itself. A capability counts as offered when its key holds an object or `true`. */
const offered = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null && value !== false);

export const initializedSchema = z.looseObject({
  protocolVersion: z.union([z.number(), z.string()]).optional().catch(undefined),
  agentCapabilities: z
    .looseObject({
      loadSession: z.boolean().catch(false).default(false),
      promptCapabilities: z
        .looseObject({ image: z.boolean().catch(false).default(false) })
        .catch({ image: false })
        .default({ image: false }),
      sessionCapabilities: z
        .looseObject({ resume: offered, list: offered })
        .catch({ resume: false, list: false })
        .default({ resume: false, list: false }),
    })
    .prefault({}),
  authMethods: listOf(z.looseObject({ id: z.string().min(1), name: word, description: word })),
});
export type Initialized = z.infer<typeof initializedSchema>;

export const promptResultSchema = z
  .looseObject({
    stopReason: stopReasonSchema.optional().catch(undefined),
    usage: maybe(
      z.looseObject({ inputTokens: whole, outputTokens: whole, cachedReadTokens: whole, cachedWriteTokens: whole, totalTokens: whole }),
    ),
    _meta: maybe(
      z.looseObject({ quota: maybe(z.looseObject({ token_count: maybe(z.looseObject({ input_tokens: whole, output_tokens: whole })) })) }),
    ),
  })
  .transform(({ stopReason, usage, _meta }) => {
    const hidden = _meta?.quota?.token_count;
    const isCounted = hidden?.input_tokens !== undefined && hidden.output_tokens !== undefined;
    return {
      stopReason,
      usage: usage ?? (isCounted ? { inputTokens: hidden.input_tokens, outputTokens: hidden.output_tokens } : undefined),
    };
  });
export type PromptResult = z.infer<typeof promptResultSchema>;

export const sessionListSchema = z.looseObject({
  sessions: listOf(z.looseObject({ sessionId: z.string().min(1).max(512), cwd: word, title: word, updatedAt: word })),
  nextCursor: word,
});

export const cancelRequestSchema = z.looseObject({ requestId: z.union([z.number(), z.string()]) });

const path = z.string().min(1).max(4_096);
export const readFileSchema = z.looseObject({ path, line: z.number().int().min(0).nullish(), limit: z.number().int().min(0).nullish() });
export const writeFileSchema = z.looseObject({ path, content: z.string() });
export const createTerminalSchema = z.looseObject({
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  // Other names mean something of their own to some shells.
  env: z.array(z.looseObject({ name: z.string().regex(/^[A-Za-z_]\w*$/), value: z.string() })).nullish(),
  cwd: path.nullish(),
  outputByteLimit: z.number().int().min(0).nullish(),
});
export type CreateTerminal = z.infer<typeof createTerminalSchema>;
export const terminalIdSchema = z.looseObject({ terminalId: z.string() });
