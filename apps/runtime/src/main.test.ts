/** The program as people run it: its command line, its messages, its end by signal and by kill -9. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeAgent } from "../test/adapter-host.ts";
import { ended, removeDirectory, shape, temporaryDirectory, turnStart } from "../test/runtime-harness.ts";
import { openCommand } from "../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../test/test-hub.ts";
import { loadConfig, parseArguments, redactConfig } from "./config.ts";
import { isProcessAlive } from "./process/group.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const children = new Set<ChildProcess>();
let directory: string;
let hub: TestHub | undefined;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }
  children.clear();
  await hub?.stop();
  hub = undefined;
  removeDirectory(directory);
});

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly exit: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ["--import", "tsx", program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const started: Run = { child, out: "", err: "", exit: once(child, "close").then(([code]) => code as number | null) };
  child.stdout?.on("data", (data: Buffer) => {
    started.out += data.toString();
  });
  child.stderr?.on("data", (data: Buffer) => {
    started.err += data.toString();
  });
  return started;
}

function writeConfig(changes: Record<string, unknown> = {}, url = "ws://127.0.0.1:1/ws/runtime"): string {
  const file = join(directory, "runtime.json");
  const config = {
    hub: { url, token: "test-token", reconnect_interval: "20ms", max_reconnect_delay: "80ms" },
    runtime: { id: "r1", data_dir: join(directory, "data") },
    endpoints: [
      { id: "cat", cli: { command: "cat", env: { KEY: "secret-value" } }, limits: { idle_timeout: "150ms" } },
      { id: "none", job: { command: "no-such-command-anywhere" } },
      { id: "web", http: { base_url: "http://user:secret-word@127.0.0.1:1/?key=secret-key", headers: { Authorization: "secret-header" } } },
    ],
    ...changes,
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

test.each([
  [["-config", "f.json"], { kind: "run", file: "f.json" }],
  [["--config", "f.json"], { kind: "run", file: "f.json" }],
  [["--config=f.json"], { kind: "run", file: "f.json" }],
  [["-c", "f.json"], { kind: "run", file: "f.json" }],
  [["f.json"], { kind: "run", file: "f.json" }],
  [["run", "f.json"], { kind: "run", file: "f.json" }],
  [["check", "-config", "f.json"], { kind: "check", file: "f.json" }],
  [["-c", "f.json", "--version"], { kind: "version" }],
  [["--help"], { kind: "help" }],
  [[], { kind: "run" }],
  [
    ["--hq-url", "ws://h/ws/runtime", "--runner-id=r", "--token", "a=b"],
    { kind: "run", flags: { url: "ws://h/ws/runtime", runtime_id: "r", token: "a=b" } },
  ],
  [["check", "f.json", "--runner-id", "r"], { kind: "check", file: "f.json", flags: { runtime_id: "r" } }],
])("command line %j", (args, expected) => {
  expect(parseArguments(args)).toEqual(expected);
});

test.each([[["-config"]], [["--frob", "f.json"]], [["a.json", "b.json"]], [["--token"]], [["--hq-url="]]])(
  "command line %j is refused",
  (args) => {
    expect(() => parseArguments(args)).toThrow();
  },
);

test("the environment's token replaces the file's, and the data directory follows the XDG rules", () => {
  const file = writeConfig({ hub: {}, runtime: { id: "r1" } });
  expect(() => loadConfig({ file }, {})).toThrow(/hub\.token/);
  const loaded = loadConfig({ file }, { FAIRLEAD_HUB_TOKEN: "from-env", HOME: "/home/x" });
  expect(loaded.config.hub.token).toBe("from-env");
  expect(loaded.data_dir).toBe("/home/x/.local/state/fairlead/r1");
  expect(loadConfig({ file }, { FAIRLEAD_HUB_TOKEN: "t", XDG_STATE_HOME: "/state" }).data_dir).toBe("/state/fairlead/r1");
  expect(JSON.stringify(redactConfig(loaded))).not.toContain("from-env");
  const hub = { url: "wss://me:secret-word@hub.example/ws/runtime?key=secret-key", token: "t" };
  expect(JSON.stringify(redactConfig(loadConfig({ file: writeConfig({ hub }) }, {})))).not.toContain("secret");
});

test("without a file: the hub's address and a token are enough for a terminal", () => {
  expect(() => loadConfig({}, {})).toThrow(/no config file is named/);
  expect(() => loadConfig({}, { HQ_URL: "ws://hub:8080/ws/runner" })).toThrow(/hub\.token/);
  const { config } = loadConfig({}, { HQ_URL: "ws://hub:8080/ws/runner", RUNNER_ID: "shed", RUNNER_TOKEN: "from-env" });
  expect(config.hub).toMatchObject({ url: "ws://hub:8080/ws/runtime", token: "from-env" });
  expect(config.runtime.id).toBe("shed");
  expect(config.endpoints).toMatchObject([{ id: "terminal-shed", profile: "terminal" }]);
  const named = loadConfig({ flags: { url: "ws://h/ws/runtime", token: "t" } }, { RUNNER_ID: "" });
  expect(named.config.runtime.id).toBe(hostname());
});

test("flags win over the environment, and that over the file", () => {
  const file = writeConfig();
  const env = { HQ_URL: "ws://env/ws/runtime", RUNNER_ID: "env", RUNNER_TOKEN: "env" };
  const { config } = loadConfig({ file, flags: { runtime_id: "flag" } }, env);
  expect(config.hub).toMatchObject({ url: "ws://env/ws/runtime", token: "env" });
  expect(config.runtime.id).toBe("flag");
  expect(config.runtime.data_dir).toBe(join(directory, "data"));
});

test("check: shows the resolved configuration without secrets, and what cannot run here", async () => {
  const started = run("check", "-config", writeConfig());
  expect(await started.exit).toBe(0);
  expect(started.out).toContain('"token": "[hidden]"');
  expect(started.out).not.toContain("secret");
  expect(started.out).not.toContain("test-token");
  expect(started.out).toContain("cat (generic-cli): ready");
  expect(started.out).toMatch(/^none \(generic-job\): unavailable: .*no-such-command-anywhere/m);
  expect(started.out).toContain("web (generic-http): ready");
});

test("a faulty file: exit 1 and every fault on its own line, with the nearest key", async () => {
  const started = run("check", writeConfig({ runtime: { id: "r1", max_sesions: 3, idle_timeout: "soon" }, endpoints: [] }));
  expect(await started.exit).toBe(1);
  expect(started.err).toContain('runtime.max_sesions: unknown key; did you mean "max_sessions"?');
  expect(started.err).toMatch(/^ {2}runtime\.idle_timeout: /m);
  expect(started.err).toMatch(/^ {2}endpoints: /m);
});

test("no hub: connection refused is said and tried again; SIGTERM ends it with 0", async () => {
  const started = run("-config", writeConfig());
  await until("two refusals", () => started.out.split("connection refused").length > 2);
  started.child.kill("SIGTERM");
  expect(await started.exit).toBe(0);
});

test("superseded: exits with 1 and says why", async () => {
  hub = await startTestHub();
  const started = run("-config", writeConfig({}, hub.url));
  await until("connected", () => started.out.includes("connected to hub"));
  hub.close("Superseded");
  expect(await started.exit).toBe(1);
  expect(started.out).toContain("another runtime with the same id");
});

test("kill -9 under a turn: it ends as interrupted and never runs twice; what waited runs; all is stored once", async () => {
  hub = await startTestHub();
  const file = writeConfig({}, hub.url);
  const first = run("-config", file);
  await until("connected", () => first.out.includes("registered endpoints"));
  expect(hub.offers().map(({ id, unavailable }) => [id, unavailable === undefined])).toEqual([
    ["cat", true],
    ["none", false],
    ["web", true],
  ]);
  const [running, waiting] = [turnStart("s", "one", "cat"), turnStart("s", "two", "cat")];
  hub.command(running);
  hub.command(waiting);
  const { events, commandStates } = hub;
  await until("under way", () => shape(events("s")).includes("stdout:one\n") && commandStates.get(waiting.id) === "delivered");
  first.child.kill("SIGKILL");
  await first.exit;
  const second = run("-config", file);
  await until("both ended", () => ended(events("s")) === 2, 20_000);
  expect(shape(events("s"))).toEqual([
    "turn.started",
    "stdout:one\n",
    "failed:interrupted",
    "turn.started",
    "stdout:two\n",
    "completed:end_turn",
  ]);
  expect(hub.gaps()).toBe(0);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
});

test("kill -9 leaves no file of an agent behind: what it needed goes at the next start", async () => {
  hub = await startTestHub();
  const env = { PI_CODING_AGENT_DIR: join(directory, "agent") };
  const file = writeConfig({ endpoints: [{ id: "pi", pi: { command: fakeAgent("pi"), args: ["slow"], env } }] }, hub.url);
  const first = run("-config", file);
  await until("connected", () => first.out.includes("registered endpoints"));
  hub.command(turnStart("s", "go", "pi"));
  const { events } = hub;
  await until("under way", () => shape(events("s")).some((line) => line.includes("count 2")), 20_000);
  const scratch = join(directory, "data", "scratch");
  expect(readdirSync(scratch)).toHaveLength(1);
  first.child.kill("SIGKILL");
  await first.exit;
  expect(readdirSync(scratch)).toHaveLength(1);
  const second = run("-config", file);
  await until("ended", () => ended(events("s")) === 1, 20_000);
  expect(existsSync(scratch)).toBe(false);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
});

test("kill -9 under a terminal: the next runtime tells that it was lost, and its program is gone", async () => {
  hub = await startTestHub();
  const file = writeConfig(
    { endpoints: [{ id: "shell", terminal: { command: "bash", args: ["--norc", "-c", "echo $$; sleep 1000"] } }] },
    hub.url,
  );
  const first = run("-config", file);
  await until("connected", () => first.out.includes("registered endpoints"));
  hub.command(openCommand("s"));
  const { events, frames } = hub;
  await until("opened", () => events("s").length === 1);
  hub.send({ type: "request", id: "w", request: { kind: "terminal.wait", session_id: "s", pattern: "^\\d+$", timeout: 10_000 } });
  const told = () => frames.find((frame) => frame.type === "response" && frame.id === "w");
  await until("its id", () => told() !== undefined);
  const answer = told();
  const pid = answer?.type === "response" ? Number(answer.waited?.match) : 0;
  expect(pid).toBeGreaterThan(1);
  first.child.kill("SIGKILL");
  await first.exit;
  const second = run("-config", file);
  await until("lost", () => events("s").length === 2, 20_000);
  expect(events("s").at(-1)).toMatchObject({ type: "terminal.closed", terminal_id: "s-1", reason: "lost" });
  expect(isProcessAlive(pid)).toBe(false);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
});
