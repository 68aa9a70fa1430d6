/** The hub's logger: pino writing to stdout in this thread, as JSON for machines or as lines for people, never with a secret. */
import type { HubConfig } from "@fairlead/protocol";
import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** Names under which a secret could reach a log line by accident; their values are replaced. */
const SECRETS = ["token", "password", "authorization", "cookie", "jwt_secret", "dsn"].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: "DEBUG", 30: "INFO ", 40: "WARN ", 50: "ERROR", 60: "FATAL" };
const PLUMBING = new Set(["level", "time", "msg", "pid", "hostname", "err"]);

/** Makes a logger; `destination` is for tests, default stdout. */
export function createLog(config: HubConfig["logging"], destination: DestinationStream = process.stdout): Log {
  const options = {
    level: config.level,
    base: null,
    redact: { paths: SECRETS, censor: "[redacted]" },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  // A transport would format in a worker thread, which a single-file bundle cannot start; so lines are made here.
  return config.format === "json" ? pino(options, destination) : pino(options, { write: (line) => destination.write(readable(line)) });
}

interface Entry {
  readonly [name: string]: unknown;
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
}

/** `2026-11-21T12:00:00.000Z INFO  hub listening url=http://…` */
function readable(line: string): string {
  const entry = JSON.parse(line) as Entry;
  const fields = Object.entries(entry)
    .filter(([name]) => !PLUMBING.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`)
    .join("");
  const trace = entry.err === undefined ? "" : `\n${entry.err.stack ?? entry.err.message ?? ""}`;
  return `${entry.time} ${LEVEL_NAMES[entry.level] ?? "     "} ${entry.msg ?? ""}${fields}${trace}\n`;
}
