/** What adapter tests share: a host, sessions that record what is emitted, and facts to wait for. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdapterEvent, AdapterHost, AgentSession, OpenSession, RunningEndpoint } from "../src/adapters/contract.ts";
import { createProcesses, type ProcessesOptions } from "../src/process/spawn.ts";
import { CHILD_MARKER } from "../src/process/sweep.ts";

/** The path of a fake agent. */
export function fakeAgent(name: string): string {
  return fileURLToPath(new URL(`fake-agents/${name}.mjs`, import.meta.url));
}

/** Waits until `fact` holds; fails after 10 s with its name. */
export async function until(fact: () => boolean, name: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!fact()) {
    if (Date.now() > deadline) throw new Error(`did not happen within 10 s: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const SCRATCH = join(tmpdir(), `fairlead-scratch-${process.pid}`);
process.once("exit", () => rmSync(SCRATCH, { recursive: true, force: true }));

export interface TestHost extends AdapterHost {
  /** Pids of all processes that this host's children are, found by their environment wherever they went. */
  children(): number[];
}

export function createHost(overrides: Partial<AdapterHost> = {}, options: Partial<ProcessesOptions> = {}): TestHost {
  const instance = options.instance ?? randomUUID();
  return {
    endpoint_id: "test",
    // Too long to end a turn in a test that does not ask for it.
    idle_timeout: 60_000,
    default_timeout: 15_000,
    stop_grace: 250,
    scratch_dir: SCRATCH,
    processes: createProcesses({ env: process.env, home: homedir(), ...options, instance }),
    log: () => undefined,
    ...overrides,
    children: () => pidsWithMarker(instance),
  };
}

/** Running processes started under a runtime instance. */
export function pidsWithMarker(instance: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${CHILD_MARKER}=${instance}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export interface Recorder {
  readonly session: AgentSession;
  readonly events: AdapterEvent[];
  /** All text of the given kinds, joined; default: all kinds. */
  text(...kinds: string[]): string;
  codes(): (string | undefined)[];
  /** While held, `emit` answers false and `resumed` waits. */
  hold(): void;
  letGo(): void;
  run(text: string, signal?: AbortSignal): ReturnType<AgentSession["runTurn"]>;
}

/** Opens a session whose events are kept; `more` changes how it is opened. */
export async function record(
  endpoint: RunningEndpoint,
  sessionId: string = randomUUID(),
  more: Partial<OpenSession> = {},
): Promise<Recorder> {
  const events: AdapterEvent[] = [];
  let held: Promise<void> | undefined;
  let release: () => void = () => undefined;
  const options: OpenSession = {
    session_id: sessionId,
    native_id: null,
    emit(event) {
      events.push(event);
      return held === undefined;
    },
    resumed: () => held ?? Promise.resolve(),
    ...more,
  };
  const session = await endpoint.open(options);
  return {
    session,
    events,
    text: (...kinds) =>
      events
        .filter((event) => event.type === "message.delta")
        .filter((event) => kinds.length === 0 || kinds.includes(event.kind))
        .map((event) => event.text)
        .join(""),
    codes: () => events.filter((event) => event.type === "notice").map((event) => event.code),
    hold() {
      held ??= new Promise((resolve) => {
        release = resolve;
      });
    },
    letGo() {
      held = undefined;
      release();
    },
    run: (text, signal = new AbortController().signal) => session.runTurn({ turn_id: randomUUID(), text }, signal),
  };
}
