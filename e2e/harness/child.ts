/** A child process of a test: started, watched, killed, and never forgotten. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Child {
  readonly pid: number;
  /** The newest output, at most 256 KiB. */
  output(): string;
  running(): boolean;
  /** Kills without warning, as a crash would. */
  kill9(): Promise<void>;
  /** Asks it to end; kills it after `grace` ms. Resolves with whether it ended by itself. */
  stop(grace?: number): Promise<boolean>;
}

export interface ChildOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The world it belongs to, where several run at the same time. */
  readonly world?: string | undefined;
  /** A module that is loaded first. */
  readonly preload?: string | undefined;
}

const MOST_OUTPUT = 256 * 1024;
const alive = new Map<Child, { readonly name: string; readonly world: string | undefined }>();

export function startChild({ name, program, args, env = {}, preload, world }: ChildOptions): Child {
  const first = preload === undefined ? [] : ["--import", preload];
  const child: ChildProcess = spawn(process.execPath, ["--enable-source-maps", ...first, program, ...args], {
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MOST_OUTPUT);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const running = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const self: Child = {
    pid: child.pid ?? 0,
    output: () => output,
    running,
    async kill9() {
      if (running()) child.kill("SIGKILL");
      await gone;
    },
    async stop(grace = 8_000) {
      if (!running()) return true;
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), grace);
      await gone;
      clearTimeout(hard);
      return child.signalCode !== "SIGKILL";
    },
  };
  alive.set(self, { name, world });
  void gone.then(() => alive.delete(self));
  return self;
}

/** Names of the children (of one world) that still run: a test that leaves some has failed. */
export function leftChildren(world?: string): string[] {
  return [...alive].flatMap(([child, its]) => (world === undefined || its.world === world ? [`${its.name} (${child.pid})`] : []));
}

// A test process that dies must not leave a hub behind.
process.once("exit", () => {
  for (const child of alive.keys()) {
    try {
      process.kill(child.pid, "SIGKILL");
    } catch {
      alive.delete(child);
    }
  }
});
