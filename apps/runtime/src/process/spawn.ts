/** Starts agents: the one place that decides their environment, their process group and what becomes of their leftovers. */
import { stat } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { childEnvironment, DEFAULT_PATH, type EnvironmentSource, loginShell } from "./environment.ts";
import { signalGroup, stopGroup, waitForGroup } from "./group.ts";
import type { GroupRecord } from "./sweep.ts";
import { which } from "./which.ts";

/** What to run, as an endpoint's config block says it. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** Default: the home directory. */
  readonly work_dir?: string | undefined;
  /** Added to the allow-listed part of the runtime's own environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ProcessExit {
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
}

export interface AgentProcess {
  /** Also the id of its process group. */
  readonly pid: number;
  readonly stdin: Writable;
  /** Must be claimed as soon as the process has started: Node drains unclaimed output when a process ends. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process itself has ended; its output may not be read to the end yet. */
  readonly exited: Promise<ProcessExit>;
  /** Settles when its whole group is gone. Children that outlive it get one grace to finish, then they are stopped. */
  readonly gone: Promise<void>;
  isRunning(): boolean;
  /** Signals the whole group; does nothing once it is gone. */
  signal(signal: NodeJS.Signals): void;
  /** Interrupt, TERM, KILL of the group, each after a grace (or the steps named); settles when it is gone. */
  stop(signals?: readonly NodeJS.Signals[]): Promise<void>;
}

export type StartResult = { readonly ok: true; readonly process: AgentProcess } | { readonly ok: false; readonly error: SpawnError };

export interface SpawnError {
  readonly kind: "spawn";
  readonly message: string;
}

export interface Processes {
  /** Why the spec cannot run here (command or folder missing) and what to do about it, or undefined. */
  check(spec: ProcessSpec): Promise<string | undefined>;
  /** The folder the spec runs in. */
  workDir(spec: Pick<ProcessSpec, "work_dir">): string;
  /** The user's login shell. */
  loginShell(): string;
  /** Starts the spec in its own process group; whatever goes wrong is a value. `grace` in ms. */
  start(spec: ProcessSpec, options: { readonly grace: number }): Promise<StartResult>;
}

export interface ProcessesOptions extends EnvironmentSource {
  readonly home: string;
  /** Where running groups are written down for the sweep; without it a crash leaves them. */
  readonly groups?: GroupRecord | undefined;
}

/** Binds the starting of processes to one runtime instance. */
export function createProcesses(options: ProcessesOptions): Processes {
  const workDir = (spec: Pick<ProcessSpec, "work_dir">) => spec.work_dir ?? options.home;

  async function check(spec: ProcessSpec): Promise<string | undefined> {
    const cwd = workDir(spec);
    const isFolder = await stat(cwd).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) return `The working directory "${cwd}" does not exist. Create it or change work_dir in the runtime's config.`;
    const found = await which(spec.command, { path: childEnvironment(options, spec.env).PATH ?? DEFAULT_PATH, cwd });
    if (found !== undefined) return undefined;
    return spec.command.includes("/")
      ? `The command "${spec.command}" does not exist or may not be executed. Correct command in the runtime's config.`
      : `The command "${spec.command}" was not found on PATH. Install it, or give its full path as command in the runtime's config.`;
  }

  async function start(spec: ProcessSpec, { grace }: { readonly grace: number }): Promise<StartResult> {
    const fault = await check(spec);
    if (fault !== undefined) return spawnFailure(fault);
    try {
      return await launch(spec, grace);
    } catch (error) {
      // Node refuses some arguments before it asks the system, e.g. one with a NUL.
      return spawnFailure(`"${spec.command}" could not be started: ${describe(error)}`);
    }
  }

  async function launch(spec: ProcessSpec, grace: number): Promise<StartResult> {
    const child = execa(spec.command, spec.args, {
      cwd: workDir(spec),
      env: childEnvironment(options, spec.env),
      extendEnv: false,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      stripFinalNewline: false,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const exit = new Promise<ProcessExit>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    // Paused at once: execa drains streams that nobody has claimed by the next turn of the event loop.
    child.stdout.pause();
    child.stderr.pause();
    const { pid } = child;
    if (pid === undefined) return spawnFailure(`"${spec.command}" could not be started: ${describe((await child).cause)}`);
    // A process may close its stdin while we write; that it ends is told by its exit.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
    options.groups?.add(pid);
    const { stdin, stdout, stderr } = child;
    return { ok: true, process: { ...supervise({ pid, exit, grace, groups: options.groups }), pid, stdin, stdout, stderr } };
  }

  return { check, workDir, loginShell: () => loginShell(options.env), start };
}

interface Supervised {
  readonly pid: number;
  readonly exit: Promise<ProcessExit>;
  readonly grace: number;
  readonly groups: GroupRecord | undefined;
}

/** Follows a group to its end. Once it is gone it is never signalled again: the system may give its number to somebody else. */
function supervise({ pid, exit, grace, groups }: Supervised) {
  let running = true;
  let isGone = false;
  let stopping: Promise<boolean> | undefined;

  async function followToEnd(): Promise<void> {
    await exit;
    running = false;
    if (stopping !== undefined) await stopping;
    else if (!(await waitForGroup(pid, grace))) await stopGroup(pid, { grace });
    isGone = true;
    groups?.remove(pid);
  }

  const gone = followToEnd();
  return {
    exited: exit,
    gone,
    isRunning: () => running,
    signal(signal: NodeJS.Signals) {
      if (!isGone) signalGroup(pid, signal);
    },
    async stop(signals?: readonly NodeJS.Signals[]) {
      if (!isGone) stopping ??= stopGroup(pid, { grace, ...(signals === undefined ? {} : { signals }) });
      // A process the kernel cannot kill is left behind rather than waited for.
      if ((await stopping) !== false) await gone;
    },
  };
}

function spawnFailure(message: string): StartResult {
  return { ok: false, error: { kind: "spawn", message } };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
