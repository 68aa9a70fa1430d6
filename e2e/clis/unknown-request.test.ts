/** An agent that asks for something nobody knows gets an answer at once, and its turn goes on: fakes, because no real agent does it on demand. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSession } from "@fairlead/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../harness/programs.ts";
import { until } from "../harness/until.ts";
import { openWorld, type World } from "../harness/world.ts";
import { createTalk } from "./talk.ts";

const FAKES = join(ROOT, "apps/runtime/test/fake-agents");

let dir: string;
let world: World;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "fairlead-unknown-"));
  const fake = (name: string, behaviour: string, env: Record<string, string>) => ({
    command: process.execPath,
    args: [join(FAKES, `${name}.mjs`), behaviour],
    env,
    work_dir: dir,
  });
  world = await openWorld({
    endpoints: [
      { id: "claude", claude_code: fake("claude", "script", { CLAUDE_LOG: join(dir, "claude") }) },
      { id: "codex", codex: fake("codex", "puppet", { FAKE_CODEX: JSON.stringify({ log: join(dir, "codex") }) }) },
      { id: "pi", pi: fake("pi", "script", { FAKE_PI_HEARD: join(dir, "pi"), PI_CODING_AGENT_DIR: dir }) },
      { id: "acp", acp: fake("acp", "script", { ACP_LOG: join(dir, "acp") }) },
    ],
  });
});
afterAll(async () => {
  await world.close();
  rmSync(dir, { recursive: true, force: true });
});

it.each<[string, readonly unknown[], RegExp]>([
  ["claude", [{ ask: { subtype: "levitate" } }, "and on"], /"subtype":"error"/],
  ["codex", [{ ask: "item/levitate/requestApproval", params: { itemId: "x" } }, { end: "completed" }], /"error":\{"code":-32601/],
  ["pi", [{ ask: { method: "levitate" } }, { say: "and on" }], /"cancelled":true/],
  ["acp", [{ ask: "session/levitate", params: {} }, "and on"], /"error":\{"code":-32601/],
])("%s", async (id, script, answered) => {
  const client = world.newClient();
  const { id: sessionId } = await client.call("sessions.create", { endpoint_id: id });
  const talk = await createTalk({ client, session: openSession(client, sessionId), id: sessionId });
  expect(await talk.say(JSON.stringify(script))).toMatchObject({ stop_reason: "end_turn", error: null });
  await until("it was answered", () => answered.test(readFileSync(join(dir, id), "utf8")));
  const notices = talk.log().flatMap((event) => (event.type === "notice" ? [event.code] : []));
  expect(notices).toContain("unknown_request");
  talk.session.close();
});
