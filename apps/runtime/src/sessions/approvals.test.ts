/** Approvals and settings through the whole runtime: they outlive its restart, are applied once, and never end silently. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answer, asked, kinds, waiting } from "../../test/questions.ts";
import { ended, turnStart } from "../../test/runtime-harness.ts";
import { dataDir, hub, renewWorld, restart, start, stop } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";

renewWorld();

test("an answer given after a restart wakes the agent, which asks the same again: it is applied once and nobody is asked twice", async () => {
  const first = await start();
  const approval = await waiting(first);
  expect(approval.input_hash).toMatch(/^[0-9a-f]{64}$/);
  const second = await restart(first);
  await until("told", () => kinds().at(-1) === "notice");
  expect(second.agents.opened).toEqual([]);
  const id = answer(approval, "yes");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.nativeIds).toEqual(["n-1"]);
  expect(second.agents.answers).toEqual(["s-again-a=yes"]);
  expect(kinds().slice(-3)).toEqual(["notice", "approval.applied", "completed:end_turn"]);
  expect(asked()).toHaveLength(1);
  expect(second.agents.inputs[0]).toContain("allowed");
  await until("told", () => hub.commandStates.get(id) === "applied");
});

test("a call of the dead process ends when the resumed one takes over, and the question that it waited for is still the same", async () => {
  const first = await start();
  first.agents.tellsCalls = true;
  const approval = await waiting(first);
  const second = await restart(first);
  second.agents.tellsCalls = true;
  await until("told", () => kinds().at(-1) === "notice");
  answer(approval, "yes");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=yes"]);
  const calls = hub.events("s").filter((event) => event.type === "tool.started" || event.type === "tool.updated");
  expect(calls).toMatchObject([
    { type: "tool.started", tool_call_id: "s-a-call", status: "pending" },
    { tool_call_id: "s-a-call", status: "failed", turn_id: approval.turn_id, content: [{ text: expect.stringContaining("ended before") }] },
    { type: "tool.started", tool_call_id: "s-again-a-call", status: "pending" },
    { tool_call_id: "s-again-a-call", status: "completed" },
  ]);
  expect(asked()).toHaveLength(1);
  expect(kinds().filter((kind) => kind.startsWith("approval."))).toEqual(["approval.requested", "approval.applied"]);
  // Nothing is left for a third process to close.
  const third = await restart(second);
  hub.command(turnStart("s", "echo on"));
  await until("the next turn", () => ended(hub.events("s")) === 3);
  expect(third.agents.opened).toEqual(["s"]);
  expect(kinds().filter((kind) => kind === "tool.updated")).toHaveLength(2);
});

test("an answer that came while the runtime was away is applied when it returns", async () => {
  const first = await start();
  const approval = await waiting(first);
  await stop(first);
  answer(approval, "no", { reason: "too dangerous" });
  const second = await start();
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=no"]);
  expect(second.agents.inputs[0]).toContain("denied. Reason: too dangerous");
  expect(kinds().filter((kind) => kind === "approval.applied")).toHaveLength(1);
});

test("a kept answer survives a second restart", async () => {
  const first = await start();
  const approval = await waiting(first);
  const second = await restart(first);
  second.agents.asksAfterResume = "something else";
  answer(approval, "yes");
  await until("asked for something else", () => asked().length === 2);
  const third = await restart(second);
  await until("woken again", () => third.agents.answers.length === 1);
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(kinds().filter((kind) => kind === "approval.applied")).toHaveLength(1);
  expect(kinds().filter((kind) => kind === "approval.withdrawn")).toHaveLength(1);
});

test("an agent that goes on with something else: the answer ends as superseded, and the new question is asked", async () => {
  const first = await start();
  const approval = await waiting(first);
  const second = await restart(first);
  second.agents.asksAfterResume = "something else";
  const id = answer(approval, "yes");
  await until("asked for something else", () => asked().length === 2);
  expect(second.agents.answers).toEqual([]);
  const other = asked()[1];
  if (other !== undefined) answer(other, "no");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=no"]);
  const superseded = hub.events("s").find((event) => event.type === "approval.superseded");
  expect(superseded).toMatchObject({ approval_id: approval.approval_id, reason: expect.stringContaining("without asking") });
  await until("told", () => hub.commandStates.get(id) === "applied");
});

test("an answer that lasts is given on only as it was shown: where the resumed agent offers another, it holds once", async () => {
  const first = await start();
  first.agents.always = "Always npm test";
  const approval = await waiting(first);
  const second = await restart(first);
  second.agents.always = "Always npm";
  answer(approval, "always");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=yes"]);
  expect(kinds().slice(-3)).toEqual(["notice", "approval.applied", "completed:end_turn"]);
  expect(hub.events("s").at(-3)).toMatchObject({ text: expect.stringContaining("Always npm test") });
});

test("an answer that lasts is given on where it is still the same", async () => {
  const first = await start();
  first.agents.always = "Always npm test";
  const approval = await waiting(first);
  const second = await restart(first);
  second.agents.always = "Always npm test";
  answer(approval, "always");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=always"]);
});

test("a question that nobody has answered is shown anew when the resumed agent offers other answers to it", async () => {
  const first = await start();
  first.agents.always = "Always npm test";
  const shown = await waiting(first);
  const options = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];
  first.agents.say("s", { type: "approval.requested", approval_id: "beside", tool: "t", title: "May I too?", options });
  await until("asked beside", () => asked().length === 2);
  const second = await restart(first);
  second.agents.always = "Always npm";
  second.agents.asksAfterResume = "delete it";
  const beside = asked()[1];
  if (beside !== undefined) answer(beside, "yes");
  await until("asked anew", () => asked().length === 3);
  expect(kinds().slice(-2)).toEqual(["approval.withdrawn", "approval.requested"]);
  expect(hub.events("s").at(-2)).toMatchObject({ approval_id: shown.approval_id, turn_id: shown.turn_id });
  const anew = asked()[2];
  expect(anew?.options[1]?.label).toBe("Always npm");
  if (anew !== undefined) answer(anew, "always");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(second.agents.answers).toEqual(["s-again-a=always"]);
});

test.each(["turn.cancel", "session.close"] as const)("a turn that waits for an answer across a restart ends by %s", async (kind) => {
  const first = await start();
  const { turn_id = "" } = await waiting(first);
  const second = await restart(first);
  hub.command({ id: kind, session_id: "s", ...(kind === "turn.cancel" ? { kind, turn_id } : { kind }) });
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(kinds().slice(-2)).toEqual(["approval.withdrawn", "completed:cancelled"]);
  expect(second.agents.inputs).toEqual([]);
  hub.command(turnStart("s", "echo after"));
  await until("the next turn", () => ended(hub.events("s")) === 3);
});

test("a question asked outside of a turn ends with the process that asked it", async () => {
  const first = await start();
  hub.command(turnStart("s", "native n-1"));
  await until("ended", () => ended(hub.events("s")) === 1);
  const options = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];
  first.agents.say("s", { type: "approval.requested", approval_id: "sub-agent", tool: "t", title: "May I?", options });
  await until("asked", () => asked().length === 1);
  const second = await restart(first);
  await until("withdrawn", () => kinds().at(-1) === "approval.withdrawn");
  expect(hub.events("s").at(-1)).toEqual({
    type: "approval.withdrawn",
    approval_id: "sub-agent",
    reason: expect.stringContaining("restarted"),
  });
  await restart(second);
  expect(kinds().filter((kind) => kind === "approval.withdrawn")).toHaveLength(1);
});

test("messages wait behind a turn that waits for an answer across a restart", async () => {
  const first = await start();
  const approval = await waiting(first);
  hub.command(turnStart("s", "echo later"));
  const second = await restart(first);
  hub.command(turnStart("s", "echo last"));
  answer(approval, "yes");
  await until("all turns", () => ended(hub.events("s")) === 4);
  expect(second.agents.inputs.slice(1)).toEqual(["echo later", "echo last"]);
});

test("an answer for something else than is asked denies and ends as superseded; so does one that nobody waits for", async () => {
  const harness = await start();
  const approval = await waiting(harness);
  answer(approval, "yes", { input_hash: "0".repeat(64) });
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(harness.agents.answers).toEqual(["s-a=no"]);
  expect(kinds().slice(-2)).toEqual(["approval.superseded", "completed:end_turn"]);
  answer(approval, "yes");
  await until("superseded", () => kinds().at(-1) === "approval.superseded");
  hub.command({ kind: "approval.answer", id: "stranger", session_id: "unknown", approval_id: "a", option_id: "yes" });
  await until("told", () => kinds("unknown")[0] === "approval.superseded");
});

test("an endpoint that requires it asks before each message runs, also across a restart", async () => {
  const first = await start({ endpointKeys: { require_approval: true } });
  hub.command(turnStart("s", "echo one"));
  await until("asked", () => asked().length === 1);
  const second = await restart(first, { endpointKeys: { require_approval: true } });
  const [approval] = asked();
  expect(approval).toMatchObject({ kind: "execute", input: { message: "echo one" }, subject: { command: ["unused"] } });
  if (approval !== undefined) answer(approval, "allow_once");
  await until("it ran", () => ended(hub.events("s")) === 1);
  expect(kinds()).toEqual(["approval.requested", "approval.applied", "turn.started", "answer:one", "completed:end_turn"]);
  hub.command(turnStart("s", "echo two"));
  await until("asked again", () => asked().length === 2);
  const [, other] = asked();
  if (other !== undefined) answer(other, "reject_once", { reason: "not today" });
  await until("it failed", () => ended(hub.events("s")) === 2);
  expect(hub.events("s").at(-1)).toMatchObject({
    type: "turn.failed",
    error: { kind: "denied", message: expect.stringContaining("not today") },
  });
  hub.command(turnStart("s", "echo three"));
  await until("asked thrice", () => asked().length === 3);
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: asked()[2]?.turn_id ?? "" });
  await until("it was called off", () => ended(hub.events("s")) === 3);
  expect(kinds().slice(-2)).toEqual(["approval.withdrawn", "completed:cancelled"]);
  expect(second.agents.inputs).toEqual(["echo one"]);
});

test("what would run by now is asked anew: an answer to the question before the config was changed starts nothing", async () => {
  const keys = (args: string[]) => ({ endpointKeys: { require_approval: true, cli: { command: "deploy", args } } });
  const first = await start(keys(["--staging"]));
  hub.command(turnStart("s", "echo one"));
  await until("asked", () => asked().length === 1);
  const [staging] = asked();
  await stop(first);
  // The answer to the old card waits at the hub while the runtime comes back with another command.
  if (staging !== undefined) answer(staging, "allow_once");
  const second = await start(keys(["--prod"]));
  await until("told", () => kinds().at(-1) === "notice");
  expect(kinds().slice(1)).toEqual(["approval.withdrawn", "approval.requested", "notice"]);
  const prod = asked().at(-1);
  expect(prod).toMatchObject({ approval_id: staging?.approval_id, subject: { command: ["deploy", "--prod"] } });
  expect(prod?.input_hash).not.toBe(staging?.input_hash);
  expect(second.agents.inputs).toEqual([]);
  if (prod !== undefined) answer(prod, "allow_once");
  await until("it ran", () => ended(hub.events("s")) === 1);
  expect(second.agents.inputs).toEqual(["echo one"]);
});

test("an answer that was taken before the config was changed starts nothing either", async () => {
  const keys = (args: string[]) => ({ endpointKeys: { require_approval: true, cli: { command: "deploy", args } } });
  const first = await start(keys(["--staging"]));
  hub.command(turnStart("s", "echo one"));
  await until("asked", () => asked().length === 1);
  const [staging] = asked();
  await stop(first);
  const taken = { kind: "approval.answer", id: "taken", session_id: "s", approval_id: staging?.approval_id, option_id: "allow_once" };
  appendFileSync(join(dataDir, "sessions", "s.jsonl"), `${JSON.stringify({ taken: { ...taken, input_hash: staging?.input_hash } })}\n`);
  const second = await start(keys(["--prod"]));
  await until("asked anew", () => asked().length === 2);
  expect(kinds().slice(1)).toEqual(["approval.superseded", "approval.requested"]);
  expect(second.agents.inputs).toEqual([]);
});

test("an option is set in the running agent and again in each later one; a value it refuses is not", async () => {
  const first = await start();
  const configure = (id: string, value_id: string) =>
    hub.command({ kind: "session.configure", id, session_id: "s", endpoint_id: "one", option_id: "model", value_id });
  configure("c-a", "small");
  await until("set", () => hub.commandStates.get("c-a") === "applied");
  expect(first.agents.configured).toEqual(["model=small"]);
  configure("c-b", "bad");
  await until("refused", () => hub.commandStates.get("c-b") === "failed");
  expect(hub.events("s").at(-1)).toMatchObject({ type: "notice", text: expect.stringContaining("no such value") });
  configure("c-c", "large");
  await until("set", () => hub.commandStates.get("c-c") === "applied");
  const second = await restart(first);
  hub.command(turnStart("s", "echo"));
  await until("ran", () => ended(hub.events("s")) === 1);
  expect(second.agents.settings).toEqual([{ model: "large" }]);
});
