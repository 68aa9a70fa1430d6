/** What a benchmark runs on: the built hub and runtime, and the reference relay, each as processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WebSocket } from "ws";
import { connectRaw, type RawClient, signIn } from "./raw-client.ts";

const ROOT = join(import.meta.dirname, "../..");
const SECRET = "benchmark-secret-benchmark-secret-0123456789";
const READY_WITHIN_MS = 20_000;

/** A process of ours, whose debugger can be opened. */
export type Measured = ChildProcess & { readonly pid: number; readonly debug_port: number };

export interface Stage {
  readonly url: string;
  readonly token: string;
  readonly hub: Measured;
  readonly runtime: Measured;
  client(): Promise<RawClient>;
  stop(): Promise<void>;
}

export interface Relay {
  readonly url: string;
  readonly hub: ChildProcess & { pid: number };
  readonly runtime: ChildProcess & { pid: number };
  stop(): Promise<void>;
}

/**
 * The scripted agent's command line. Twenty equal scripts reach the moment at which V8 optimizes a function all at once: that took both
 * processors for half a second, and tells nothing of us. So they are not optimized.
 */
export const TOKEN_AGENT = ["--no-opt", join(import.meta.dirname, "token-agent.mjs")];
const AGENTS = [
  { id: "cat", cli: { command: "cat", spawn_policy: "per-session", prompt_pattern: "\\n$" }, limits: { idle_timeout: "300ms" } },
  {
    id: "flood",
    cli: {
      command: process.execPath,
      args: [join(import.meta.dirname, "flood-agent.mjs")],
      spawn_policy: "per-session",
      prompt_pattern: "END\\n$",
    },
    limits: { max_output_bytes: "4GB", idle_timeout: "2s" },
  },
  { id: "terminal", terminal: { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " }, shell_integration: false } },
  { id: "tokens", claude_code: { command: process.execPath, args: TOKEN_AGENT } },
];

export async function startStage(dsn?: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const hubFile = join(folder, "hub.json");
  const runtimeFile = join(folder, "runtime.json");
  writeFileSync(
    hubFile,
    JSON.stringify({
      server: { addr: `127.0.0.1:${port}` },
      auth: {
        jwt_secret: SECRET,
        runtime_tokens: [{ runtime_id: "bench", token: SECRET }],
        initial_admin: { username: "bench", password: SECRET },
      },
      storage: dsn === undefined ? { dsn: join(folder, "hub.db") } : { driver: "postgres", dsn },
      session: { max_per_user: 10_000 },
      logging: { level: "warn" },
    }),
  );
  writeFileSync(
    runtimeFile,
    JSON.stringify({
      hub: { url: `ws://127.0.0.1:${port}/ws/runtime`, token: SECRET },
      runtime: { id: "bench", data_dir: join(folder, "runtime"), max_sessions: 200, log_level: "warn" },
      endpoints: AGENTS,
    }),
  );
  const hub = await startMeasured(["apps/hub/dist/server.mjs", "-config", hubFile]);
  await untilReady(`${url}/readyz`);
  const runtime = await startMeasured(["apps/runtime/dist/runtime.mjs", "-config", runtimeFile]);
  const token = await signIn(url, "bench", SECRET);
  const stage: Stage = {
    url,
    token,
    hub,
    runtime,
    client: () => connectRaw(url, token),
    async stop() {
      await Promise.all([end(runtime), end(hub)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await untilOnline(stage);
  return stage;
}

/** `lines`: the relay's runtime sends a message for each line instead of for each piece it reads. */
export function startRelay(command: string, args: readonly string[] = [], { lines = false } = {}): Promise<Relay> {
  return startRelayWith("relay-runtime.ts", [command, ...args], { RELAY_LINES: lines ? "1" : "" });
}

/** The relay with a PTY at its end: the same one that the runtime uses. */
export function startTerminalRelay(command: string, args: readonly string[] = []): Promise<Relay> {
  return startRelayWith("relay-terminal.ts", [command, ...args], {});
}

async function startRelayWith(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Relay> {
  const hub = start(["--import", "tsx", "e2e/bench/relay-hub.ts"], true);
  const { port } = (await firstLine(hub)) as { port: number };
  const url = `ws://127.0.0.1:${port}`;
  const runtime = start(["--import", "tsx", `e2e/bench/${program}`, url, ...args], true, env);
  await firstLine(runtime);
  return {
    url,
    hub,
    runtime,
    async stop() {
      await Promise.all([end(runtime), end(hub)]);
    },
  };
}

async function startMeasured(args: readonly string[]): Promise<Measured> {
  const debug_port = await freePort();
  return Object.assign(start([`--inspect-port=127.0.0.1:${debug_port}`, ...args]), { debug_port });
}

function start(args: readonly string[], piped = false, more: Readonly<Record<string, string>> = {}): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...more },
    stdio: ["ignore", piped ? "pipe" : "ignore", "inherit"],
  });
  if (child.pid === undefined) throw new Error(`cannot start ${args[0]}`);
  return child as ChildProcess & { pid: number };
}

function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the process ended before it was ready")));
    child.stdout?.once("data", (data) => resolve(JSON.parse(String(data).split("\n")[0] ?? "null")));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(hard);
}

async function untilReady(url: string): Promise<void> {
  await until(async () => (await fetch(url).catch(() => undefined))?.ok === true, "the hub did not become ready");
}

async function untilOnline(stage: Stage): Promise<void> {
  await until(async () => {
    const response = await fetch(`${stage.url}/api/endpoints`, { headers: { authorization: `Bearer ${stage.token}` } });
    const endpoints = (await response.json()) as { status: string }[];
    return endpoints.length > 0 && endpoints.every((endpoint) => endpoint.status === "online");
  }, "the runtime did not connect");
}

async function until(condition: () => Promise<boolean>, failure: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${failure} within ${READY_WITHIN_MS / 1_000} s`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Resolves when a socket has received the end of a flood. A listener, not `once`: several frames may arrive in one tick. */
export function untilEnd(socket: WebSocket, mark = "END"): Promise<void> {
  return new Promise((resolve) => {
    const look = (data: Buffer) => {
      if (data.indexOf(mark, Math.max(0, data.length - 4_096)) === -1) return;
      socket.off("message", look);
      resolve();
    };
    socket.on("message", look);
  });
}
