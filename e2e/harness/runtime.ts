/** A real runtime as a child process, with its journals in a directory that survives its crashes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { type ClockSpeed, clockEnv } from "./fast-clock.ts";
import { programs } from "./programs.ts";

export interface RuntimeProcess {
  readonly id: string;
  start(): Promise<void>;
  kill9(): Promise<void>;
  stop(): Promise<boolean>;
  running(): boolean;
  output(): string;
}

export interface RuntimeProcessOptions {
  /** The world it belongs to. */
  readonly world: string;
  readonly clock?: ClockSpeed | undefined;
  readonly dir: string;
  readonly id: string;
  readonly token: string;
  /** The port it dials; give a proxy's to stand between it and the hub. */
  readonly hubPort: number;
  /** Endpoint blocks as in a config file. */
  readonly endpoints: readonly Readonly<Record<string, unknown>>[];
  /** The `runtime` block's further keys. */
  readonly runtime?: Readonly<Record<string, unknown>>;
}

export function createRuntimeProcess(options: RuntimeProcessOptions): RuntimeProcess {
  mkdirSync(options.dir, { recursive: true });
  const file = join(options.dir, "runtime.json");
  const config = {
    hub: {
      url: `ws://127.0.0.1:${options.hubPort}/ws/runtime`,
      token: options.token,
      reconnect_interval: "50ms",
      max_reconnect_delay: "300ms",
    },
    runtime: { id: options.id, data_dir: join(options.dir, "data"), log_level: "info", ...options.runtime },
    endpoints: options.endpoints,
  };
  writeFileSync(file, JSON.stringify(config));
  let child: Child | undefined;
  let before = "";
  return {
    id: options.id,
    async start() {
      if (child?.running()) return;
      before = (before + (child?.output() ?? "")).slice(-256 * 1024);
      const { runtime, clock } = await programs();
      const preload = options.clock === undefined ? undefined : clock;
      child = startChild({
        name: "runtime",
        world: options.world,
        program: runtime,
        args: ["-config", file],
        env: clockEnv(options.clock),
        preload,
      });
    },
    kill9: async () => child?.kill9(),
    stop: async () => (await child?.stop()) ?? true,
    running: () => child?.running() ?? false,
    output: () => before + (child?.output() ?? ""),
  };
}
