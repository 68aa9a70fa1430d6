/** A real hub as a child process, with its data in a directory that survives its crashes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { type ClockSpeed, clockEnv } from "./fast-clock.ts";
import { programs, ROOT } from "./programs.ts";
import { until } from "./until.ts";

export interface HubProcess {
  readonly port: number;
  readonly url: string;
  /** Starts it, again after a crash on the same port and data; resolves when it is ready. */
  start(): Promise<void>;
  kill9(): Promise<void>;
  /** Ends it in an orderly way; resolves with whether it needed no force. */
  stop(): Promise<boolean>;
  running(): boolean;
  output(): string;
}

export interface HubProcessOptions {
  /** The world it belongs to. */
  readonly world: string;
  readonly clock?: ClockSpeed | undefined;
  readonly dir: string;
  readonly runtimes: readonly { readonly runtime_id: string; readonly token: string }[];
  /** Gateway times (ms) that differ from the product's, e.g. `{ heartbeatMs: 200 }`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** The `session` block of the config. */
  readonly session?: Readonly<Record<string, unknown>>;
  /** The `storage` block; default: an SQLite file in `dir`. */
  readonly storage?: Readonly<Record<string, unknown>> | undefined;
}

export const ADMIN = { username: "admin", password: "correct-horse-battery" } as const;

export async function createHubProcess(options: HubProcessOptions): Promise<HubProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(options.dir, { recursive: true });
  const file = join(options.dir, "hub.json");
  const config = {
    server: { addr: `127.0.0.1:${port}` },
    auth: { jwt_secret: "k3J9sQ2vX7bN5mR8tY1wZ4cF6gH0pLdA", initial_admin: ADMIN, runtime_tokens: options.runtimes },
    storage: options.storage ?? { driver: "sqlite", dsn: join(options.dir, "hub.db") },
    session: options.session ?? {},
    logging: { level: "info", format: "text" },
  };
  writeFileSync(file, JSON.stringify(config));
  const env = { HARNESS_ROOT: ROOT, HARNESS_GATEWAY_LIMITS: JSON.stringify(options.limits ?? {}), ...clockEnv(options.clock) };
  let child: Child | undefined;
  let before = "";

  return {
    port,
    url,
    async start() {
      if (child?.running()) return;
      before = (before + (child?.output() ?? "")).slice(-256 * 1024);
      const { hub, clock } = await programs();
      const preload = options.clock === undefined ? undefined : clock;
      const started = startChild({ name: "hub", world: options.world, program: hub, args: ["-config", file], env, preload });
      child = started;
      await until("the hub is ready", async () => {
        if (!started.running()) throw new Error(`the hub ended:\n${started.output()}`);
        return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok;
      });
    },
    kill9: async () => child?.kill9(),
    stop: async () => (await child?.stop()) ?? true,
    running: () => child?.running() ?? false,
    output: () => before + (child?.output() ?? ""),
  };
}

/** A port that was free a moment ago: the hub must come back on the same one, so it cannot choose itself. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
