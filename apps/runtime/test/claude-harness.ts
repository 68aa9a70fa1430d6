/** What the tests of the Claude Code adapter share: a session with the fake one, what it was sent, and what to wait for. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentEvent, agentEventSchema, claudeCodeConfigSchema } from "@fairlead/protocol";
import { expect, onTestFinished } from "vitest";
import { claudeCode } from "../src/adapters/claude-code/index.ts";
import type { OpenSession } from "../src/adapters/contract.ts";
import { createHost, fakeAgent, type Recorder, record, until } from "./adapter-host.ts";

type Requested = Extract<AgentEvent, { type: "approval.requested" }>;

export interface Wish {
  readonly behaviour?: string;
  /** See the fake agent. */
  readonly setup?: object;
  readonly config?: object;
  readonly session?: Partial<OpenSession>;
}

/** A session with the fake Claude Code in a folder of its own; checks at the end that nothing is left and every event is valid. */
export async function setUpClaude({ behaviour = "script", setup = {}, config = {}, session = {} }: Wish = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
  const work_dir = join(folder, "work");
  const store = join(folder, "store");
  const log = join(folder, "log");
  mkdirSync(work_dir);
  mkdirSync(store);
  const env = { CLAUDE_SETUP: JSON.stringify(setup), CLAUDE_STORE: store, CLAUDE_LOG: log, HOME: folder };
  const host = createHost({ stop_grace: 250 });
  const parsed = claudeCodeConfigSchema.parse({ command: fakeAgent("claude"), args: [behaviour], env, work_dir, ...config });
  const endpoint = claudeCode.start(parsed, host);
  const opened: Recorder[] = [];
  onTestFinished(async () => {
    await Promise.all(opened.map((one) => one.session.close()));
    expect(host.children()).toEqual([]);
    for (const event of opened.flatMap((one) => one.events)) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
    rmSync(folder, { recursive: true, force: true });
  });
  async function open(more: Partial<OpenSession> = session): Promise<Recorder> {
    const one = await record({ open: (options) => endpoint.open({ ...options, ...more }), stop: async () => undefined });
    opened.push(one);
    return one;
  }
  /** The command line of each start, and every line that was sent, as the fake wrote them down. */
  const sent = (): unknown[] =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line): unknown => JSON.parse(line))
      : [];
  return { host, endpoint, folder, work_dir, store, sent, open, one: await open() };
}

/** Runs a turn in which Claude Code does this, step by step. */
export function script(one: Recorder, ...steps: unknown[]) {
  return one.run(JSON.stringify(steps));
}

/** Waits for the question after `known` others. */
export async function nextApproval(one: Recorder, known = 0): Promise<Requested> {
  await until(() => eventsOf(one, "approval.requested").length > known, "a question");
  const found = eventsOf(one, "approval.requested")[known];
  if (found === undefined) throw new Error("no question");
  return found;
}

/** The events of one type. */
export function eventsOf<T extends AgentEvent["type"]>(one: Recorder, type: T) {
  return one.events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
}

/** The newest value of an option. */
export function current(one: Recorder, id: string): string | undefined {
  return eventsOf(one, "config.updated")
    .at(-1)
    ?.options.find((option) => option.id === id)?.current;
}

/** What a recording of the real Claude Code holds, line by line. */
export function recording(name: string): string[] {
  const file = new URL(`../src/adapters/claude-code/fixtures/${name}.jsonl`, import.meta.url);
  return readFileSync(file, "utf8").trim().split("\n");
}

export const DONE = { ok: true, stop_reason: "end_turn" };
export const BASH = { name: "Bash", input: { command: "rm -rf build" } };
