/** The runtime's config file: Amurg's keys and defaults, each with the sentence that the documentation shows. */
import { z } from "zod";
import { ACP_PRESETS, type AcpPresetName, acpPreset } from "./acp-presets.ts";
import { profileSchema } from "./entities.ts";
import { idSchema } from "./ids.ts";
import { sizeSchema, timerSchema } from "./quantities.ts";

const timer = (text: string) => timerSchema.prefault(text);

const processKeys = {
  command: z.string().min(1).describe("The program: a path, or a name found on PATH."),
  args: z.array(z.string()).default([]).describe("Its arguments."),
  work_dir: z.string().min(1).optional().describe("Its working directory; default: the home directory."),
  env: z.record(z.string(), z.string()).default({}).describe("Environment variables added to the allow-listed ones."),
};

export const cliConfigSchema = z.strictObject({
  ...processKeys,
  spawn_policy: z
    .enum(["per-session", "persistent"])
    .default("per-session")
    .describe("`per-session`: a process for each session. `persistent`: one process that all sessions of the endpoint share."),
  prompt_pattern: z
    .string()
    .optional()
    .describe("A regular expression; when the end of the output matches it the turn is over at once, without waiting for silence.")
    .refine((pattern) => pattern === undefined || isRegExp(pattern), "is not a valid regular expression"),
});
export type CliConfig = z.output<typeof cliConfigSchema>;

export const jobConfigSchema = z.strictObject({
  ...processKeys,
  args: z
    .array(z.string())
    .default([])
    .describe("Its arguments. `{message}` in one of them is replaced by the message; the message also arrives on stdin."),
  max_runtime: timerSchema.optional().describe("The job is stopped after this long; default: `runtime.default_timeout`."),
});
export type JobConfig = z.output<typeof jobConfigSchema>;

export const httpConfigSchema = z.strictObject({
  base_url: z.url({ protocol: /^https?$/ }).describe("Where the message is sent."),
  method: z
    .enum(["GET", "POST", "PUT", "PATCH"])
    .default("POST")
    .describe("HTTP method; with `GET` the message goes in the query as `message`."),
  headers: z.record(z.string(), z.string()).default({}).describe("Headers sent with each request."),
  timeout: timer("60s").describe("Longest time without an answer, and between two parts of it."),
});
export type HttpConfig = z.output<typeof httpConfigSchema>;

export const externalConfigSchema = z.strictObject(processKeys);
export type ExternalConfig = z.output<typeof externalConfigSchema>;

/** A program of that name, unless the file says otherwise. */
const agentKeys = (program: string) => ({
  ...processKeys,
  command: z.string().min(1).default(program).describe(`The program: a path, or a name found on PATH; default \`${program}\`.`),
  model: z.string().min(1).max(200).optional().describe("The model to begin with; default: the agent's own."),
});

export const claudeCodeConfigSchema = z.strictObject({
  ...agentKeys("claude"),
  permission_mode: z
    .enum(["default", "strict", "auto", "acceptEdits", "plan", "bypassPermissions", "skip", "dangerously-skip-permissions"])
    .default("default")
    .describe("How much it asks: `default` (also `strict`, `auto`), `acceptEdits`, `plan`; the last three names never ask."),
  max_turns: z.number().int().min(1).max(1_000).optional().describe("Most steps of one turn."),
  allowed_tools: z.array(z.string()).default([]).describe("Tools it may use without asking, as Claude Code writes them."),
  disallowed_tools: z.array(z.string()).default([]).describe("Tools it may not use."),
  system_prompt: z.string().max(100_000).optional().describe("Added to its system prompt."),
});
export type ClaudeCodeConfig = z.output<typeof claudeCodeConfigSchema>;

export const codexConfigSchema = z.strictObject({
  ...agentKeys("codex"),
  approval_mode: z
    .enum(["untrusted", "on-request", "never"])
    .default("untrusted")
    .describe("When it asks: for all that is not known to be safe, when it wants to leave its sandbox, or never."),
  sandbox_mode: z
    .enum(["read-only", "workspace-write", "danger-full-access"])
    .default("workspace-write")
    .describe("What its commands may touch."),
  profile: z.string().max(100).optional().describe("A profile of Codex's own config file."),
  additional_dirs: z.array(z.string()).default([]).describe("More folders it may write."),
});
export type CodexConfig = z.output<typeof codexConfigSchema>;

export const piConfigSchema = z.strictObject({
  ...agentKeys("pi"),
  provider: z.string().min(1).max(100).optional().describe("The provider of its model; default: pi's own."),
  ask: z
    .array(z.string().min(1).max(200))
    .default(["bash", "write", "edit"])
    .describe("Tools it must ask for; `*` for all. pi itself asks for nothing: the runtime adds a gate."),
});
export type PiConfig = z.output<typeof piConfigSchema>;

export const acpConfigSchema = z.strictObject({
  ...processKeys,
  preset: z.enum(ACP_PRESETS).optional().describe("The agent whose command line, asking settings and quirks are known."),
  mode: z.string().min(1).max(200).optional().describe("The session mode to begin with; default: the preset's or the agent's."),
  model: z.string().min(1).max(200).optional().describe("The model to begin with, where the agent offers that."),
  auth_method: z.string().min(1).max(200).optional().describe("The method to sign in with when the agent asks for it."),
  fs: z
    .boolean()
    .default(false)
    .describe("Offer the client's file methods, inside the working directory and behind approvals. Several agents misbehave with them."),
  terminal: z.boolean().default(false).describe("Offer the client's terminal methods, inside the working directory and behind approvals."),
});
export type AcpConfig = z.output<typeof acpConfigSchema>;

/** How a terminal is kept, whatever runs in it. */
const keepingSchema = z.strictObject({
  scrollback: z.number().int().min(0).max(100_000).default(10_000).describe("Lines kept above the screen."),
  ring: sizeSchema
    .prefault("1MiB")
    .pipe(z.number().min(65_536, "must be at least 64KiB").max(67_108_864, "must be at most 64MiB"))
    .describe("Newest output kept for viewers that come back; who missed more gets the screen drawn anew."),
  idle_timeout: timerSchema.optional().describe("Ended after this long without a key and without a viewer; default: never."),
  keep: z
    .enum(["none", "holder", "tmux"])
    .default("none")
    .describe(
      "What lets the terminal outlive a restart of the runtime. `holder`: a process of the runtime's own. `tmux`: a tmux server, to which people can attach from elsewhere, too.",
    ),
  record: z.boolean().default(false).describe("Record every terminal of this endpoint; all who watch are told."),
});
export type TerminalKeeping = z.output<typeof keepingSchema>;

export const terminalConfigSchema = z.strictObject({
  ...processKeys,
  command: z.string().min(1).optional().describe("The program: a path, or a name found on PATH; default: the user's login shell."),
  shell_integration: z
    .boolean()
    .default(true)
    .describe("Lets bash, zsh and fish mark prompts and commands, so that one can jump from prompt to prompt."),
  ...keepingSchema.shape,
});
export type TerminalConfig = z.output<typeof terminalConfigSchema>;

/** The block of a preset: the keys of `acp`, with the preset's command line, settings and mode as defaults. */
function presetBlock(name: AcpPresetName) {
  const preset = acpPreset(name);
  return acpConfigSchema
    .omit({ preset: true })
    .extend({
      command: z.string().min(1).default(preset.command).describe(`The program of ${preset.title}.`),
      args: z
        .array(z.string())
        .default([...preset.args])
        .describe("Its arguments."),
    })
    .transform((block) => ({ ...block, preset: name, mode: block.mode ?? preset.mode, env: { ...preset.env, ...block.env } }))
    .optional();
}

/** Names of profiles that config files may use besides our own. */
const PROFILE_NAMES = [...profileSchema.options, "external", ...ACP_PRESETS.flatMap((name) => [name, ...acpPreset(name).aliases])] as const;

const limits = z.strictObject({
  max_sessions: z.number().int().min(1).max(10_000).optional().describe("Open sessions of this endpoint."),
  session_timeout: timerSchema.optional().describe("Longest turn of this endpoint."),
  max_output_bytes: sizeSchema.optional().describe("Most output of one turn of this endpoint."),
  idle_timeout: timerSchema.optional().describe("Silence that ends a `generic-cli` turn of this endpoint."),
});

const BLOCK_NAMES = ["cli", "job", "http", "external", "claude_code", "codex", "pi", "acp", "terminal", ...ACP_PRESETS] as const;

interface Blocks extends Readonly<Partial<Record<AcpPresetName, AcpConfig | undefined>>> {
  readonly cli?: CliConfig | undefined;
  readonly job?: JobConfig | undefined;
  readonly http?: HttpConfig | undefined;
  readonly external?: ExternalConfig | undefined;
  readonly claude_code?: ClaudeCodeConfig | undefined;
  readonly codex?: CodexConfig | undefined;
  readonly pi?: PiConfig | undefined;
  readonly acp?: AcpConfig | undefined;
  readonly terminal?: TerminalConfig | undefined;
}

/** The blocks that are there, each with the profile it makes. */
function configuredBlocks(blocks: Blocks) {
  const presets = ACP_PRESETS.map((name) => blocks[name]).filter((block) => block !== undefined);
  return [
    blocks.cli && ({ profile: "generic-cli", config: blocks.cli } as const),
    blocks.job && ({ profile: "generic-job", config: blocks.job } as const),
    blocks.http && ({ profile: "generic-http", config: blocks.http } as const),
    blocks.external && ({ profile: "generic-external", config: blocks.external } as const),
    blocks.claude_code && ({ profile: "claude-code", config: blocks.claude_code } as const),
    blocks.codex && ({ profile: "codex", config: blocks.codex } as const),
    blocks.pi && ({ profile: "pi", config: blocks.pi } as const),
    blocks.acp && ({ profile: "acp", config: blocks.acp } as const),
    blocks.terminal && ({ profile: "terminal", config: blocks.terminal } as const),
    ...presets.map((config) => ({ profile: "acp", config }) as const),
  ].filter((block) => block !== undefined);
}

const endpoint = z
  .strictObject({
    id: idSchema.describe("Unique within the file; people and scripts name the endpoint by it."),
    name: z.string().min(1).max(200).optional().describe("What people see; default: the id."),
    profile: z.enum(PROFILE_NAMES).optional().describe("The kind of endpoint; default: told by which block is there."),
    optional: z
      .boolean()
      .default(false)
      .describe(
        "While it cannot run here, e.g. because its program is not installed, it is not offered at all, instead of being shown with the reason.",
      ),
    require_approval: z.boolean().default(false).describe("Each message must be approved before it runs; for jobs and HTTP endpoints."),
    open_terminal: z
      .union([z.boolean(), keepingSchema])
      .default(false)
      .describe(
        "People may also open its command in a terminal, where nothing is asked or logged. Default: no. Instead of `true` the keys of `terminal` that say how it is kept: `scrollback`, `ring`, `idle_timeout`, `keep`, `record`.",
      ),
    tags: z.record(z.string().max(64), z.string().max(256)).default({}).describe("Labels for people."),
    limits: limits.default({}).describe("Limits that differ from the runtime's."),
    cli: cliConfigSchema.optional(),
    job: jobConfigSchema.optional(),
    http: httpConfigSchema.optional(),
    external: externalConfigSchema.optional(),
    claude_code: claudeCodeConfigSchema.optional(),
    codex: codexConfigSchema.optional(),
    pi: piConfigSchema.optional(),
    acp: acpConfigSchema.optional(),
    terminal: terminalConfigSchema.optional(),
    gemini: presetBlock("gemini"),
    copilot: presetBlock("copilot"),
    opencode: presetBlock("opencode"),
    qwen: presetBlock("qwen"),
    kilo: presetBlock("kilo"),
    claude_agent_acp: presetBlock("claude_agent_acp"),
    codex_acp: presetBlock("codex_acp"),
    pi_acp: presetBlock("pi_acp"),
  })
  .transform(({ id, name, profile, optional, require_approval, open_terminal, tags, limits: own, ...blocks }, context) => {
    const found = configuredBlocks(blocks);
    const block = found[0];
    if (block === undefined || found.length > 1) {
      context.addIssue({ code: "custom", message: `endpoint "${id}" needs exactly one of ${BLOCK_NAMES.join(", ")}` });
      return z.NEVER;
    }
    const preset = block.profile === "acp" ? block.config.preset : undefined;
    const names: string[] = [block.profile, ...(block.profile === "generic-external" ? ["external"] : [])];
    if (preset !== undefined) names.push(preset, ...acpPreset(preset).aliases);
    if (profile !== undefined && !names.includes(profile)) {
      context.addIssue({
        code: "custom",
        path: ["profile"],
        message: `"${profile}" does not fit the block that is there; it wants "${block.profile}"`,
      });
      return z.NEVER;
    }
    const kept = open_terminal === true ? keepingSchema.parse({}) : open_terminal;
    return { id, name: name ?? id, optional, require_approval, open_terminal: kept, tags, limits: own, ...block };
  });
export type EndpointConfig = z.output<typeof endpoint>;

const hub = z.strictObject({
  url: z
    .url({ protocol: /^wss?$/ })
    .default("ws://localhost:8090/ws/runtime")
    .describe("The hub's address; `wss://` with TLS."),
  token: z.string().min(1).max(1_024).describe("The shared secret, as in the hub's `auth.runtime_tokens`."),
  tls_skip_verify: z.boolean().default(false).describe("Accept any TLS certificate. For development only."),
  reconnect_interval: timer("2s").describe("First delay before dialling again."),
  max_reconnect_delay: timer("60s").describe("Longest delay before dialling again."),
});

const runtime = z.strictObject({
  id: idSchema.describe("Must match `runtime_id` in the hub's file."),
  name: z.string().max(200).optional().describe("What people see; default: the id."),
  max_sessions: z.number().int().min(1).max(10_000).default(10).describe("Sessions whose agents run at the same time, over all endpoints."),
  default_timeout: timer("30m").describe(
    "Longest turn, without the time in which it waits for a person's answer; a turn that takes longer is stopped and fails.",
  ),
  max_output_bytes: sizeSchema.prefault(10_485_760).describe("Most output of one turn; the rest is cut and the log says so."),
  max_recordings_bytes: sizeSchema
    .prefault("2GB")
    .describe("Most room that recordings of terminals take here, all together, until the hub has them; at it they end, and none begins."),
  idle_timeout: timer("10s").describe("Silence that ends a `generic-cli` turn."),
  log_level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least level that is written."),
  data_dir: z
    .string()
    .min(1)
    .optional()
    .describe("Where undelivered events are kept; default: `fairlead/<id>` in the user's state directory."),
});

export const runtimeConfigSchema = z
  .strictObject({ hub, runtime, endpoints: z.array(endpoint).min(1).max(500) })
  .superRefine((value, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of value.endpoints.entries()) {
      if (seen.has(id)) context.addIssue({ code: "custom", path: ["endpoints", index, "id"], message: `"${id}" is used twice` });
      seen.add(id);
    }
  });
export type RuntimeConfig = z.output<typeof runtimeConfigSchema>;

function isRegExp(pattern: string): boolean {
  try {
    return new RegExp(pattern).source !== "";
  } catch {
    return false;
  }
}
