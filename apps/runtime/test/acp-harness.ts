/** What the tests of the ACP adapter share: a scripted agent, and what to wait for. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApprovalRequested, acpConfigSchema, agentEventSchema } from "@fairlead/protocol";
import { expect, onTestFinished } from "vitest";
import { acp } from "../src/adapters/acp/index.ts";
import type { OpenSession } from "../src/adapters/contract.ts";
import { createHost, fakeAgent, type Recorder, record, until } from "./adapter-host.ts";

export interface SetUp {
  /** What the agent says of itself: `initialize` and `session` are laid over its answers. */
  readonly agent?: object;
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly session?: Partial<OpenSession>;
}

/** What a permission request asks in these tests. */
export const ASK = {
  toolCall: { toolCallId: "c1", title: "rm notes.txt", kind: "execute", rawInput: { command: "rm notes.txt" } },
  options: [
    { optionId: "go", kind: "allow_once", name: "Yes" },
    { optionId: "always", kind: "allow_always", name: "Always" },
    { optionId: "no", kind: "reject_once", name: "No" },
  ],
};
export const PERMISSION = { method: "session/request_permission", params: ASK };
export const ask = { ask: PERMISSION.method, params: ASK };
export const RESUMES = { initialize: { agentCapabilities: { loadSession: true, sessionCapabilities: { resume: {} } } } };
export const LOADS = { initialize: { agentCapabilities: { loadSession: true } } };

/** An endpoint with the scripted agent in a folder of its own, and a session that is checked and closed when the test is over. */
export async function setUp({ agent = {}, config = {}, env = {}, session = {} }: SetUp = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-acp-")));
  const [work_dir, store, log] = [join(folder, "work"), join(folder, "store"), join(folder, "log")];
  for (const path of [work_dir, store]) mkdirSync(path);
  writeFileSync(log, "");
  const host = createHost({ stop_grace: 250, scratch_dir: join(folder, "scratch") });
  const given = acpConfigSchema.parse({
    command: fakeAgent("acp"),
    args: ["script"],
    work_dir,
    ...config,
    env: { ...env, ACP_SETUP: JSON.stringify(agent), ACP_STORE: store, ACP_LOG: log },
  });
  const endpoint = acp.start(given, host);
  const opened: Recorder[] = [];
  const open = async (more: Partial<OpenSession> = {}) => {
    const one = await record(endpoint, undefined, { ...session, ...more });
    opened.push(one);
    return one;
  };
  onTestFinished(async () => {
    await Promise.all(opened.map((one) => one.session.close()));
    expect(host.children()).toEqual([]);
    for (const event of opened.flatMap((one) => one.events)) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
    rmSync(folder, { recursive: true, force: true });
  });
  const heard = () =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  return { host, endpoint, open, one: await open(), work_dir, store, heard };
}

/** Runs a turn in which the agent does these steps. */
export function tell(one: Recorder, ...steps: unknown[]) {
  return one.run(JSON.stringify(steps));
}

export function approvals(one: Recorder): ApprovalRequested[] {
  return one.events.filter((event) => event.type === "approval.requested");
}

/** The approval of that index, once it is asked for. */
export async function question(one: Recorder, index = 0): Promise<ApprovalRequested> {
  await until(() => approvals(one).length > index, "a question");
  const found = approvals(one)[index];
  if (found === undefined) throw new Error("no question");
  return found;
}

export function nativeId(one: Recorder): string {
  const found = one.events.find((event) => event.type === "session.identified");
  if (found === undefined) throw new Error("not identified");
  return found.native_id;
}
