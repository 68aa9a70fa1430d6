/** The hub's config file: Amurg's keys and defaults, each with the sentence that the documentation shows. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { durationSchema, sizeSchema, timerSchema } from "./quantities.ts";

/** Writes a default the way a person would in the file, then parses it like any other value. */
const duration = (text: string) => durationSchema.prefault(text);
const timer = (text: string) => timerSchema.prefault(text);

/** Where a hub listens that is not told otherwise: on this machine only. */
export const DEFAULT_HUB_ADDR = "127.0.0.1:8080";

const server = z.strictObject({
  addr: z.string().min(1).default(DEFAULT_HUB_ADDR).describe("Listen address, `host:port`. `:8080` listens on every interface."),
  ui_static_dir: z.string().default("").describe("Kept for old files; the hub serves its own web app, so this is ignored."),
  base_url: z.url().optional().describe("The public address when a reverse proxy is in front, e.g. `https://agents.example.org`."),
  allowed_origins: z
    .array(z.url())
    .default([])
    .describe("Further web origins whose pages may call with the sign-in cookie. The hub's own is always allowed."),
  trusted_proxies: z
    .array(z.string().min(1))
    .default([])
    .describe("Addresses or CIDR ranges of reverse proxies whose `X-Forwarded-*` headers are believed."),
});

const auth = z.strictObject({
  jwt_secret: z
    .string()
    .min(32, "must have at least 32 characters")
    .describe("Signs the sign-in tokens. Required, at least 32 characters."),
  jwt_expiry: timer("24h").describe("How long a sign-in lasts."),
  runtime_tokens: z
    .array(
      z.strictObject({
        runtime_id: idSchema.describe("Must match `runtime.id` in the runtime's file."),
        token: z.string().min(1).describe("Must match `hub.token` in the runtime's file."),
        name: z.string().default("").describe("A name for people."),
      }),
    )
    .default([])
    .describe("The runtimes that may connect, each with its shared secret."),
  initial_admin: z
    .strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(1_024) })
    .optional()
    .describe("Created at the first start if there is no admin yet."),
});

const storage = z.strictObject({
  driver: z.enum(["sqlite", "postgres"]).default("sqlite").describe("`sqlite` or `postgres`."),
  dsn: z.string().min(1).default("./data/fairlead.db").describe("The SQLite file, or a Postgres connection string."),
  retention: durationSchema.prefault("720h").describe("How long the logs of closed sessions are kept; `0` keeps them for ever."),
  audit_retention: durationSchema
    .optional()
    .describe("How long the audit trail is kept, also that of sessions that are gone; default: as `retention`. `0` keeps it for ever."),
  files_dir: z
    .string()
    .min(1)
    .optional()
    .describe("The folder for files that go with messages; default: `files` beside the SQLite file, else `./data/files`."),
  max_file_bytes: sizeSchema.prefault("20MB").describe("The largest file that may go with a message, or come from an agent."),
  max_recording_bytes: sizeSchema.prefault("200MB").describe("The largest recording of a terminal that is kept."),
});

const session = z.strictObject({
  max_per_user: z.number().int().min(1).max(10_000).default(20).describe("Open sessions a user may have."),
  idle_timeout: duration("30m").describe(
    "A session without activity for this long is suspended: its agent ends, its log stays, the next message wakes it. `0` never.",
  ),
  turn_based: z
    .literal(true, "must be true: an agent works on one message at a time, further ones wait in order")
    .default(true)
    .describe("One turn at a time; further messages wait in order."),
  replay_buffer: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(100)
    .describe("Newest events per session kept in memory for viewers that reconnect; older ones come from the log."),
  message_expiry: duration("24h").describe("A message that could not be delivered to its runtime for this long expires. `0` never."),
  approval_expiry: duration("0s").describe(
    "What an agent asks and nobody answers for this long is answered with its first rejecting option. `0` never. Nothing is ever allowed by waiting.",
  ),
});

const logging = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least level that is written."),
  format: z.enum(["text", "json"]).default("json").describe("`text` for people, `json` for machines."),
});

export const hubConfigSchema = z.strictObject({
  server: server.prefault({}),
  auth,
  storage: storage.prefault({}),
  session: session.prefault({}),
  logging: logging.prefault({}),
});
export type HubConfig = z.output<typeof hubConfigSchema>;
