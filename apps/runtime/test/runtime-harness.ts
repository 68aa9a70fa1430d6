/** A whole runtime for tests, in this process, on a temporary data directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfigText, type RuntimeCommand, type RuntimeEvent, runtimeConfigSchema } from "@fairlead/protocol";
import { pino } from "pino";
import { type Runtime, startRuntime } from "../src/runtime.ts";
import { createScriptAgents, type ScriptAgents } from "./script-agent.ts";
import type { TestHub } from "./test-hub.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export interface Harness {
  readonly runtime: Runtime;
  readonly agents: ScriptAgents;
  readonly lines: LogLine[];
  readonly fatal: string[];
  readonly dataDir: string;
}

export interface HarnessOptions {
  readonly hub: Pick<TestHub, "url" | "token">;
  readonly dataDir: string;
  readonly runtimeKeys?: Record<string, unknown>;
  readonly hubKeys?: Record<string, unknown>;
  readonly limits?: Record<string, unknown>;
  /** More keys of both endpoints. */
  readonly endpointKeys?: Record<string, unknown>;
  readonly heartbeat?: number;
  readonly now?: () => number;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "fairlead-test-"));
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Starts a runtime `r1` with the endpoints `one` and `two`, both script agents. */
export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const text = JSON.stringify({
    hub: { url: options.hub.url, token: options.hub.token, reconnect_interval: "20ms", max_reconnect_delay: "100ms", ...options.hubKeys },
    runtime: { id: "r1", data_dir: options.dataDir, ...options.runtimeKeys },
    endpoints: ["one", "two"].map((id) => ({ id, cli: { command: "unused" }, limits: options.limits ?? {}, ...options.endpointKeys })),
  });
  const config = parseConfigText(runtimeConfigSchema, text, "test");
  const lines: LogLine[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const agents = createScriptAgents();
  const fatal: string[] = [];
  const runtime = await startRuntime({
    loaded: { config, data_dir: options.dataDir, env: {}, home: tmpdir() },
    log,
    onFatal: (reason) => fatal.push(reason),
    bind: agents.bind,
    stop_grace: 50,
    ...(options.heartbeat === undefined ? {} : { heartbeat: options.heartbeat }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  return { runtime, agents, lines, fatal, dataDir: options.dataDir };
}

let count = 0;

/** A `turn.start` with fresh ids. */
export function turnStart(session_id: string, content: string, endpoint_id = "one"): Extract<RuntimeCommand, { kind: "turn.start" }> {
  count += 1;
  return {
    kind: "turn.start",
    id: `c${count}`,
    session_id,
    turn_id: `t${count}`,
    message_id: `m${count}`,
    endpoint_id,
    content,
    native_id: null,
  };
}

/** Events without what differs from run to run. */
export function shape(events: readonly RuntimeEvent[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case "message.delta":
        return `${event.kind}:${event.text}`;
      case "turn.completed":
        return `completed:${event.stop_reason}`;
      case "turn.failed":
        return `failed:${event.error.kind}`;
      default:
        return event.type;
    }
  });
}

export function ended(events: readonly RuntimeEvent[]): number {
  return events.filter(({ type }) => type === "turn.completed" || type === "turn.failed").length;
}
