/** One hub, one runtime, a bad network on both links, and clients: real processes, real sockets, real files. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type ClientOptions, createClient, signIn } from "@fairlead/client";
import type { ClockSpeed } from "./fast-clock.ts";
import { ADMIN, createHubProcess, type HubProcess } from "./hub.ts";
import { agentProcesses, assertNothingLeft, holderProcesses, WORLD_VARIABLE } from "./leaks.ts";
import { type BadNetwork, startProxy } from "./proxy.ts";
import { createRuntimeProcess, type RuntimeProcess } from "./runtime.ts";
import { until } from "./until.ts";

export interface World {
  readonly dir: string;
  readonly hub: HubProcess;
  readonly runtime: RuntimeProcess;
  /** Between clients and hub. */
  readonly clientLink: BadNetwork;
  /** Between runtime and hub. */
  readonly runtimeLink: BadNetwork;
  /** A Bearer token of the first admin. */
  readonly token: string;
  /** A client through the bad network; `direct` goes around it. It is closed with the world. */
  newClient(options?: Partial<ClientOptions> & { readonly direct?: boolean }): Client;
  /** Process ids of the agents that run now, without what those have started themselves. */
  agents(): number[];
  /** Resolves when the hub says that the runtime is connected. */
  runtimeOnline(): Promise<void>;
  /** Takes everything down; throws if anything is left running. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Endpoint blocks as in a config file; agents get the world's mark in their environment. */
  readonly endpoints: readonly Readonly<Record<string, unknown>>[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly session?: Readonly<Record<string, unknown>>;
  readonly runtime?: Readonly<Record<string, unknown>>;
  /** The hub's `storage` block; default: an SQLite file. */
  readonly storage?: Readonly<Record<string, unknown>>;
  /** Makes time pass faster in hub and runtime; the test speeds up its own clock itself. */
  readonly clock?: ClockSpeed;
}

const RUNTIME = { runtime_id: "box", token: "8fK2mQ7xW4nR1tY6vB3z" } as const;

export async function openWorld(options: WorldOptions): Promise<World> {
  const mark = randomUUID();
  const dir = mkdtempSync(join(tmpdir(), "fairlead-world-"));
  const { limits, session, storage, clock } = options;
  const hub = await createHubProcess({ world: mark, dir: join(dir, "hub"), runtimes: [RUNTIME], limits, session, storage, clock });
  const [clientLink, runtimeLink] = await Promise.all([startProxy(hub.port), startProxy(hub.port)]);
  const runtime = createRuntimeProcess({
    world: mark,
    dir: join(dir, "runtime"),
    id: RUNTIME.runtime_id,
    token: RUNTIME.token,
    hubPort: runtimeLink.port,
    endpoints: options.endpoints.map((endpoint) => withMark(endpoint, mark)),
    runtime: options.runtime,
    clock,
  });
  const clients: Client[] = [];

  const close = async () => {
    for (const client of clients) client.close();
    runtimeLink.resume();
    const orderly = [await runtime.stop(), await hub.stop()];
    // It waits a while for the next runtime.
    const held = until("the holder of the terminals has ended", () => holderProcesses(dir).length === 0, 20_000);
    await held.finally(() => {
      for (const pid of holderProcesses(dir)) process.kill(pid, "SIGTERM");
    });
    await Promise.all([clientLink.close(), runtimeLink.close()]);
    const outputs = `hub:\n${hub.output()}\nruntime:\n${runtime.output()}`;
    rmSync(dir, { recursive: true, force: true });
    if (orderly.includes(false)) throw new Error(`hub or runtime had to be killed at the end\n${outputs}`);
    assertNothingLeft(mark);
  };

  try {
    await hub.start();
    await runtime.start();
    const token = await signIn(hub.url, ADMIN);
    const { operations } = createClient({ url: hub.url, token });
    const runtimeOnline = async () => {
      await until("the runtime is connected", async () => {
        if (!runtime.running()) throw new Error(`the runtime ended:\n${runtime.output()}`);
        const endpoints = await operations["endpoints.list"]({}).catch(() => []);
        return endpoints.length === options.endpoints.length && endpoints.every((endpoint) => endpoint.online);
      });
    };
    await runtimeOnline();
    return {
      dir,
      hub,
      runtime,
      clientLink,
      runtimeLink,
      token,
      newClient({ direct = false, ...rest } = {}) {
        const url = direct ? hub.url : `http://127.0.0.1:${clientLink.port}`;
        const client = createClient({ url, token, socket: { backoff: { first: 50, longest: 300 }, tick: 50 }, ...rest });
        clients.push(client);
        client.connect();
        return client;
      },
      agents: () => agentProcesses(mark).flatMap(({ pid, leader }) => (leader ? [pid] : [])),
      runtimeOnline,
      close,
    };
  } catch (error) {
    const outputs = `hub:\n${hub.output()}\nruntime:\n${runtime.output()}`;
    await close().catch(() => undefined);
    throw new Error(`the world did not open: ${String(error)}\n${outputs}`, { cause: error });
  }
}

/** Puts the mark into the environment of an endpoint's program. */
function withMark(endpoint: Readonly<Record<string, unknown>>, mark: string): Record<string, unknown> {
  const marked = Object.entries(endpoint).map(([key, value]) => {
    if (typeof value !== "object" || value === null || !("command" in value)) return [key, value];
    const env = "env" in value && typeof value.env === "object" ? value.env : {};
    return [key, { ...value, env: { ...env, [WORLD_VARIABLE]: mark } }];
  });
  return Object.fromEntries(marked) as Record<string, unknown>;
}
