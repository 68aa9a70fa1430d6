/** Codex's `app-server` protocol (v2), as far as it is read here. Loose on purpose: what is new or missing is survived, never guessed. */
import { z } from "zod";

const maybeText = z.string().nullish().catch(undefined);
const maybeNumber = z.number().nullish().catch(undefined);
const record = z.record(z.string(), z.unknown());

/** What almost every notification and request says of where it belongs. */
export const envelopeSchema = z.looseObject({ threadId: maybeText, turnId: maybeText, itemId: maybeText });

const changeSchema = z.looseObject({
  path: z.string(),
  kind: z.looseObject({ type: z.string(), move_path: maybeText }),
  /** A unified patch for `update`, else the whole text of the file. */
  diff: z.string().catch(""),
});
export type FileUpdate = z.infer<typeof changeSchema>;

/** All fields of all kinds of items that are read here; which are there depends on `type`. */
export const itemSchema = z.looseObject({
  type: z.string(),
  id: z.string().min(1),
  status: maybeText,
  text: maybeText,
  review: maybeText,
  summary: z.array(z.string()).catch([]),
  content: z.unknown().optional(),
  command: maybeText,
  cwd: maybeText,
  aggregatedOutput: maybeText,
  exitCode: z.number().int().nullish().catch(undefined),
  changes: z.array(changeSchema).catch([]),
  server: maybeText,
  namespace: maybeText,
  tool: maybeText,
  arguments: z.unknown().optional(),
  readOnlyHint: z.boolean().nullish().catch(undefined),
  result: z.unknown().optional(),
  error: z.looseObject({ message: maybeText }).nullish().catch(undefined),
  contentItems: z.array(z.unknown()).nullish().catch(undefined),
  success: z.boolean().nullish().catch(undefined),
  query: maybeText,
  path: maybeText,
  savedPath: maybeText,
  prompt: maybeText,
  receiverThreadIds: z.array(z.string()).catch([]),
  agentThreadId: maybeText,
  agentPath: maybeText,
  kind: z.unknown().optional(),
});
export type Item = z.infer<typeof itemSchema>;

export const itemEventSchema = z.looseObject({ item: itemSchema });
export const deltaEventSchema = z.looseObject({ itemId: z.string().min(1), delta: z.string() });
export const partEventSchema = z.looseObject({ itemId: z.string().min(1), summaryIndex: maybeNumber });
export const patchEventSchema = z.looseObject({ itemId: z.string().min(1), changes: z.array(changeSchema) });
export const progressEventSchema = z.looseObject({ itemId: z.string().min(1), message: z.string() });
export const planEventSchema = z.looseObject({
  plan: z.array(z.looseObject({ step: z.string().catch(""), status: z.string().catch("pending") })),
});

const tokensSchema = z.looseObject({
  totalTokens: z.number().catch(0),
  inputTokens: z.number().catch(0),
  cachedInputTokens: z.number().catch(0),
  outputTokens: z.number().catch(0),
});
export type Tokens = z.infer<typeof tokensSchema>;
export const usageEventSchema = z.looseObject({
  tokenUsage: z.looseObject({ total: tokensSchema, last: tokensSchema, modelContextWindow: maybeNumber }),
});
export type TokenUsage = z.infer<typeof usageEventSchema>["tokenUsage"];

export const failureSchema = z.looseObject({
  message: z.string().catch(""),
  codexErrorInfo: z.unknown().optional(),
  additionalDetails: maybeText,
});
export type Failure = z.infer<typeof failureSchema>;
export const errorEventSchema = z.looseObject({ error: failureSchema, willRetry: z.boolean().catch(false) });

export const turnSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string().catch(""),
  error: failureSchema.nullish().catch(undefined),
});
export const turnEventSchema = z.looseObject({ turn: turnSchema });
export const resolvedEventSchema = z.looseObject({ requestId: z.union([z.number(), z.string()]) });
export const warningEventSchema = z.looseObject({ message: maybeText, summary: maybeText, details: maybeText });
export const reroutedEventSchema = z.looseObject({ fromModel: maybeText, toModel: maybeText });

/** The answer to `thread/start` and `thread/resume`. */
export const threadOpenedSchema = z.looseObject({
  thread: z.looseObject({ id: z.string().min(1).max(512) }),
  model: maybeText,
  reasoningEffort: maybeText,
  approvalPolicy: z.unknown().optional(),
});
export type ThreadOpened = z.infer<typeof threadOpenedSchema>;

export const modelListSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string().min(1).max(200),
      model: maybeText,
      displayName: maybeText,
      description: maybeText,
      hidden: z.boolean().catch(false),
      defaultReasoningEffort: maybeText,
      supportedReasoningEfforts: z.array(z.looseObject({ reasoningEffort: z.string().min(1).max(200), description: maybeText })).catch([]),
    }),
  ),
});
export type Model = z.infer<typeof modelListSchema>["data"][number];

export const accountSchema = z.looseObject({ account: z.unknown().optional(), requiresOpenaiAuth: z.boolean().catch(false) });

export const threadListSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string().min(1).max(512),
      preview: maybeText,
      name: maybeText,
      cwd: maybeText,
      ephemeral: z.boolean().catch(false),
      /** Seconds since the epoch. */
      updatedAt: z.number().catch(0),
    }),
  ),
  nextCursor: maybeText,
});

export const commandRequestSchema = z.looseObject({
  itemId: z.string(),
  kind: maybeText,
  command: maybeText,
  cwd: maybeText,
  reason: maybeText,
  networkApprovalContext: z.looseObject({ host: z.string() }).nullish(),
  availableDecisions: z.array(z.unknown()).nullish().catch(undefined),
});

export type CommandRequest = z.infer<typeof commandRequestSchema>;

const networkRuleSchema = z.looseObject({ host: z.string().min(1), action: z.enum(["allow", "deny"]) });
export type NetworkRule = z.infer<typeof networkRuleSchema>;
/** A decision that changes Codex's rules; the simple ones are words. */
export const decisionSchema = z.looseObject({
  acceptWithExecpolicyAmendment: z.looseObject({ execpolicy_amendment: z.array(z.string()).min(1) }).optional(),
  applyNetworkPolicyAmendment: z.looseObject({ network_policy_amendment: networkRuleSchema }).optional(),
});
export const fileRequestSchema = z.looseObject({ itemId: z.string(), reason: maybeText, grantRoot: maybeText });

const paths = z.array(z.string()).nullish();
export const permissionsRequestSchema = z.looseObject({
  cwd: maybeText,
  reason: maybeText,
  permissions: z.looseObject({
    network: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
    fileSystem: z.looseObject({ read: paths, write: paths, entries: z.array(z.unknown()).nullish() }).nullish(),
  }),
});
export type PermissionsRequest = z.infer<typeof permissionsRequestSchema>;

export const inputRequestSchema = z.looseObject({
  questions: z
    .array(
      z.looseObject({
        id: z.string().min(1).max(500),
        header: maybeText,
        question: z.string().catch(""),
        isOther: z.boolean().catch(false),
        isSecret: z.boolean().catch(false),
        options: z
          .array(z.looseObject({ label: z.string().min(1), description: maybeText }))
          .nullish()
          .catch(undefined),
      }),
    )
    .min(1)
    .max(8),
});

export const elicitationSchema = z.looseObject({
  serverName: z.string().catch("an MCP server"),
  mode: z.string(),
  message: z.string().catch(""),
  url: maybeText,
  requestedSchema: z.looseObject({ properties: record.catch({}), required: z.array(z.string()).catch([]) }).optional(),
  _meta: record.nullish().catch(undefined),
});
export type Elicitation = z.infer<typeof elicitationSchema>;

export const execApprovalSchema = z.looseObject({
  callId: maybeText,
  command: z.array(z.string()).min(1),
  cwd: maybeText,
  reason: maybeText,
});
export const patchApprovalSchema = z.looseObject({
  callId: maybeText,
  fileChanges: z.record(z.string(), z.looseObject({ type: z.string(), content: maybeText, unified_diff: maybeText, move_path: maybeText })),
  reason: maybeText,
  grantRoot: maybeText,
});

/** Notifications that say nothing a person needs, or nothing that other messages do not say. */
export const IGNORED_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "thread/started",
  "thread/status/changed",
  "thread/readState/changed",
  "thread/archived",
  "thread/deleted",
  "thread/unarchived",
  "thread/closed",
  "thread/reverted",
  "thread/name/updated",
  "thread/section/changed",
  "thread/attachment/updated",
  "thread/goal/updated",
  "thread/goal/cleared",
  "thread/prediction/updated",
  "thread/queue/changed",
  "thread/project/updated",
  "thread/environment/connected",
  "thread/environment/disconnected",
  "thread/settings/updated",
  "thread/compacted",
  "project/changed",
  "skills/changed",
  "app/list/updated",
  "hook/started",
  "hook/completed",
  "turn/diff/updated",
  "turn/moderationMetadata",
  "item/autoApprovalReview/started",
  "item/autoApprovalReview/completed",
  "item/commandExecution/terminalInteraction",
  "item/fileChange/outputDelta",
  "rawResponseItem/completed",
  "rawResponse/completed",
  "mcpServer/startupStatus/updated",
  "mcpServer/oauthLogin/completed",
  "mcpServer/event/stream/notification",
  "account/updated",
  "account/gatewayOAuth/changed",
  "account/rateLimits/updated",
  "account/login/completed",
  "remoteControl/status/changed",
  "fs/changed",
  "model/verification",
  "model/safetyBuffering/updated",
  "deprecationNotice",
]);
