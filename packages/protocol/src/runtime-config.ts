/** The runtime's config file: Amurg's keys and defaults, each with the sentence that the documentation shows. */
import { z } from "zod";
import type { Profile } from "./entities.ts";
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

const limits = z.strictObject({
  max_sessions: z.number().int().min(1).max(10_000).optional().describe("Open sessions of this endpoint."),
  session_timeout: timerSchema.optional().describe("Longest turn of this endpoint."),
  max_output_bytes: sizeSchema.optional().describe("Most output of one turn of this endpoint."),
  idle_timeout: timerSchema.optional().describe("Silence that ends a `generic-cli` turn of this endpoint."),
});

const endpoint = z
  .strictObject({
    id: idSchema.describe("Unique within the file; people and scripts name the endpoint by it."),
    name: z.string().min(1).max(200).optional().describe("What people see; default: the id."),
    profile: z
      .enum(["generic-cli", "generic-job", "generic-http", "generic-external", "external"])
      .optional()
      .describe("The kind of endpoint; default: told by which of `cli`, `job`, `http`, `external` is there."),
    tags: z.record(z.string().max(64), z.string().max(256)).default({}).describe("Labels for people."),
    limits: limits.default({}).describe("Limits that differ from the runtime's."),
    cli: cliConfigSchema.optional(),
    job: jobConfigSchema.optional(),
    http: httpConfigSchema.optional(),
    external: externalConfigSchema.optional(),
  })
  .transform((value, context) => {
    const { cli, job, http, external, ...common } = value;
    const blocks = [
      cli && ({ profile: "generic-cli", config: cli } as const),
      job && ({ profile: "generic-job", config: job } as const),
      http && ({ profile: "generic-http", config: http } as const),
      external && ({ profile: "generic-external", config: external } as const),
    ].filter((block) => block !== undefined);
    const named: Profile | undefined = value.profile === "external" ? "generic-external" : value.profile;
    const block = blocks[0];
    if (block === undefined || blocks.length > 1) {
      context.addIssue({ code: "custom", message: `endpoint "${value.id}" needs exactly one of cli, job, http, external` });
      return z.NEVER;
    }
    if (named !== undefined && named !== block.profile) {
      context.addIssue({
        code: "custom",
        path: ["profile"],
        message: `"${value.profile}" does not fit the block that is there; it wants "${block.profile}"`,
      });
      return z.NEVER;
    }
    return { ...common, name: value.name ?? value.id, ...block };
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
  default_timeout: timer("30m").describe("Longest turn; a turn that takes longer is stopped and fails."),
  max_output_bytes: sizeSchema.prefault(10_485_760).describe("Most output of one turn; the rest is cut and the log says so."),
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
