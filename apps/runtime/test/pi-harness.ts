/** What the tests of the pi adapter share: a session with the fake pi, and what to wait for in it. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentEvent, agentEventSchema, piConfigSchema } from "@fairlead/protocol";
import { expect, onTestFinished } from "vitest";
import type { OpenSession } from "../src/adapters/contract.ts";
import { pi } from "../src/adapters/pi/index.ts";
import { createHost, fakeAgent, type Recorder, record, until } from "./adapter-host.ts";

type Requested = Extract<AgentEvent, { type: "approval.requested" }>;

export interface Wish {
  readonly version?: "old" | "new";
  readonly behaviour?: string;
  readonly config?: object;
  readonly session?: Partial<OpenSession>;
}

/** A session with the fake pi in a folder of its own; checks at the end that nothing is left and every event is valid. */
export async function setUpPi({ version = "new", behaviour = "script", config = {}, session = {} }: Wish = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
  const work_dir = join(folder, "work");
  mkdirSync(work_dir);
  const env = { FAKE_PI: version, PI_CODING_AGENT_DIR: join(folder, "agent") };
  const host = createHost({ stop_grace: 250, scratch_dir: join(folder, "scratch") });
  const endpoint = pi.start(piConfigSchema.parse({ command: fakeAgent("pi"), args: [behaviour], env, work_dir, ...config }), host);
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
  return { host, endpoint, work_dir, open, one: await open() };
}

/** Runs a turn in which pi does this, step by step. */
export function script(one: Recorder, ...steps: object[]) {
  return one.run(JSON.stringify(steps));
}

/** Waits for the question after `known` others. */
export async function nextApproval(one: Recorder, known = 0): Promise<Requested> {
  const all = () => one.events.filter((event) => event.type === "approval.requested");
  await until(() => all().length > known, "a question");
  const found = all()[known];
  if (found === undefined) throw new Error("no question");
  return found;
}

/** The events of one type. */
export function eventsOf<T extends AgentEvent["type"]>(one: Recorder, type: T) {
  return one.events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
}

/** A step in which pi calls its shell. */
export const BASH = { tool: { name: "bash", args: { command: "rm -rf build" }, partials: ["one\n", "one\ntwo\n"], text: "one\ntwo\n" } };
export const DONE = { ok: true, stop_reason: "end_turn" };
