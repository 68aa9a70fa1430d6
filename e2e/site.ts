/** The built product for browser tests: hub with pages, runtime with the demo's agents, and a bad network in front of each. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, signIn } from "@fairlead/client";
import { type Child, startChild } from "./harness/child.ts";
import { ROOT } from "./harness/programs.ts";
import { type BadNetwork, startProxy } from "./harness/proxy.ts";
import { until } from "./harness/until.ts";

export const ADMIN = { username: "admin", password: "correct-horse-battery" } as const;

export interface Site {
  /** The address people use; it leads through `link`. */
  readonly url: string;
  /** Between browsers and hub. */
  readonly link: BadNetwork;
  /** The hub's own port, past the bad network; where a scripted runtime dials. */
  readonly hubPort: number;
  /** Ends the hub in order and starts it again on the same port. */
  restartHub(): Promise<void>;
  readonly runtime: { start(): Promise<void>; kill9(): Promise<void> };
  /** The first admin, connected past the bad network. */
  readonly api: Client;
  close(): Promise<void>;
}

/** A second runtime that the hub knows, for tests that play its part themselves. */
export const SCRIPTED = { runtime_id: "stage", token: "mR7pV2cX9kL4wQ8sT6nB", name: "Stage" } as const;
const RUNTIME = { runtime_id: "box", token: "8fK2mQ7xW4nR1tY6vB3z", name: "Workbench" } as const;

export interface SiteOptions {
  /** The runtime's endpoint blocks, as in a config file; default: the demo's agents and those of the browser tests. */
  readonly endpoints?: readonly unknown[];
}

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const world = randomUUID();
  const dir = mkdtempSync(join(tmpdir(), "fairlead-site-"));
  const [port, echoPort] = await Promise.all([freePort(), freePort()]);
  const hubFile = write(dir, "hub.json", {
    server: { addr: `127.0.0.1:${port}` },
    auth: { jwt_secret: "k3J9sQ2vX7bN5mR8tY1wZ4cF6gH0pLdA", initial_admin: ADMIN, runtime_tokens: [RUNTIME, SCRIPTED] },
    storage: { driver: "sqlite", dsn: join(dir, "hub.db") },
    session: { max_per_user: 1_000 },
    logging: { level: "warn", format: "text" },
  });
  const runtimeFile = write(dir, "runtime.json", {
    hub: {
      url: `ws://127.0.0.1:${port}/ws/runtime`,
      token: RUNTIME.token,
      reconnect_interval: "50ms",
      max_reconnect_delay: "300ms",
    },
    // Terminals that earlier tests left open must not keep later ones from opening.
    runtime: { id: RUNTIME.runtime_id, data_dir: join(dir, "runtime"), max_sessions: 200 },
    endpoints: options.endpoints ?? endpoints(dir, echoPort),
  });

  const startHub = () => startChild({ world, name: "hub", program: built("apps/hub/dist/server.mjs"), args: ["-config", hubFile] });
  let hub = startHub();
  const echo = startChild({
    world,
    name: "echo",
    program: join(ROOT, "deploy/demo/echo-server.mjs"),
    args: [],
    env: { ECHO_PORT: String(echoPort) },
  });
  const direct = `http://127.0.0.1:${port}`;
  const hubIsReady = () =>
    until(
      "the hub is ready",
      async () => {
        if (!hub.running()) throw new Error(`the hub ended:\n${hub.output()}`);
        return (await fetch(`${direct}/readyz`).catch(() => undefined))?.ok;
      },
      60_000,
    );
  await hubIsReady();
  const link = await startProxy(port);
  const api = createClient({ url: direct, token: await signIn(direct, ADMIN) });

  let runtimeChild: Child | undefined;
  const runtime = {
    async start() {
      if (runtimeChild?.running()) return;
      runtimeChild = startChild({
        world,
        name: "runtime",
        program: built("apps/runtime/dist/runtime.mjs"),
        args: ["-config", runtimeFile],
      });
      await until("the runtime is connected", async () => (await api.operations["endpoints.list"]({})).some((endpoint) => endpoint.online));
    },
    kill9: async () => runtimeChild?.kill9(),
  };
  await runtime.start();

  return {
    url: `http://127.0.0.1:${link.port}`,
    link,
    hubPort: port,
    async restartHub() {
      await hub.stop();
      hub = startHub();
      await hubIsReady();
    },
    runtime,
    api,
    async close() {
      api.close();
      await link.close();
      await runtimeChild?.stop();
      await Promise.all([hub.stop(), echo.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The demo's own agents but those that a machine may have, one that shows everything, and one whose command is missing. */
function endpoints(dir: string, echoPort: number): unknown[] {
  const demo = JSON.parse(readFileSync(join(ROOT, "deploy/runtime.local.json"), "utf8")) as { endpoints: { optional?: boolean }[] };
  const adapted = JSON.stringify(demo.endpoints.filter(({ optional }) => optional !== true))
    .replaceAll('"work_dir":"."', `"work_dir":${JSON.stringify(ROOT)}`)
    .replaceAll("127.0.0.1:8091", `127.0.0.1:${echoPort}`);
  const work = join(dir, "work");
  mkdirSync(work);
  return [
    ...(JSON.parse(adapted) as unknown[]),
    {
      id: "showcase",
      name: "Showcase",
      profile: "generic-external",
      external: { command: process.execPath, args: [join(ROOT, "e2e/agents/showcase.mjs")], work_dir: work },
    },
    {
      id: "coder",
      name: "Coder",
      profile: "acp",
      acp: { command: process.execPath, args: [join(ROOT, "e2e/harness/agents/coder.mjs")], work_dir: work },
    },
    {
      id: "shell",
      name: "Shell",
      profile: "terminal",
      terminal: {
        command: "/bin/bash",
        args: ["--norc", "--noprofile"],
        work_dir: work,
        env: { PS1: "$ ", BASH_SILENCE_DEPRECATION_WARNING: "1" },
      },
    },
    { id: "missing", name: "Missing Tool", profile: "generic-job", job: { command: "no-such-command-anywhere" } },
  ];
}

function write(dir: string, name: string, value: unknown): string {
  const file = join(dir, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

function built(path: string): string {
  const file = join(ROOT, path);
  if (!existsSync(file)) throw new Error(`${path} is missing: run "npm run build" first`);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
