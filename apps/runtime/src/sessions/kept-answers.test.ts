/** Answers that cannot be given at once: they wait for a place, and are given once whatever ends in between. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answer, asked, kinds, waiting } from "../../test/questions.ts";
import { ended, turnStart } from "../../test/runtime-harness.ts";
import { dataDir, hub, renewWorld, restart, start, stop } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";

renewWorld();

/** The runtime is full: another session's turn runs in its only place. */
async function fill(): Promise<string> {
  const before = hub.events("other").length;
  const other = turnStart("other", "wait");
  hub.command(other);
  await until("full", () => hub.events("other").length === before + 2);
  return other.turn_id;
}

const small = { runtimeKeys: { max_sessions: 1 } };

test("an answer that finds the runtime full is kept until there is a place for its agent", async () => {
  const first = await start(small);
  const approval = await waiting(first);
  const second = await restart(first, small);
  const other = await fill();
  const id = answer(approval, "yes");
  await until("told", () => kinds().filter((kind) => kind === "notice").length === 2);
  expect(hub.events("s").at(-1)).toMatchObject({
    type: "notice",
    turn_id: approval.turn_id,
    text: expect.stringContaining("max_sessions"),
  });
  hub.command(turnStart("s", "echo later"));
  hub.command({ kind: "turn.cancel", id: "free", session_id: "other", turn_id: other });
  await until("both turns ended", () => ended(hub.events("s")) === 3);
  expect(second.agents.answers).toEqual(["s-again-a=yes"]);
  expect(kinds().slice(-6)).toEqual([
    "notice",
    "approval.applied",
    "completed:end_turn",
    "turn.started",
    "answer:later",
    "completed:end_turn",
  ]);
  await until("acknowledged", () => hub.commandStates.get(id) === "applied");
});

test("an answer that waits for a place outlives a restart, and ends with its turn", async () => {
  const first = await start(small);
  const approval = await waiting(first);
  const second = await restart(first, small);
  await fill();
  answer(approval, "yes");
  await until("told", () => kinds().filter((kind) => kind === "notice").length === 2);
  const third = await restart(second, small);
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(third.agents.answers).toEqual(["s-again-a=yes"]);

  hub.command(turnStart("s", "ask more"));
  await until("asked", () => asked().length === 2);
  await restart(third, small);
  const other = await fill();
  const more = asked()[1];
  const id = more === undefined ? "" : answer(more, "yes");
  await until("told", () => kinds().filter((kind) => kind === "notice").length === 4);
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: more?.turn_id ?? "" });
  await until("the turn ended", () => ended(hub.events("s")) === 3);
  expect(kinds().slice(-2)).toEqual(["approval.superseded", "completed:cancelled"]);
  await until("acknowledged", () => hub.commandStates.get(id) === "applied");
  hub.command({ kind: "turn.cancel", id: "free", session_id: "other", turn_id: other });
  await until("free", () => ended(hub.events("other")) === 2);
  hub.command(turnStart("s", "echo after"));
  await until("the next turn", () => ended(hub.events("s")) === 4);
});

test("an answer that was being given when the runtime ended is not given twice: nobody tells the agent to make the call again", async () => {
  const first = await start();
  first.agents.keepsAnswers = true;
  const approval = await waiting(first);
  const id = answer(approval, "yes");
  await until("given", () => first.agents.answers.length === 1);
  const second = await restart(first);
  await until("acknowledged", () => hub.commandStates.get(id) === "applied");
  await until("the turn ended", () => ended(hub.events("s")) === 2);
  expect(kinds().filter((kind) => kind.startsWith("approval."))).toEqual(["approval.requested", "approval.superseded"]);
  expect(hub.events("s").find(({ type }) => type === "approval.superseded")).toMatchObject({
    approval_id: approval.approval_id,
    turn_id: approval.turn_id,
    reason: expect.stringContaining("nobody knows"),
  });
  expect(kinds()).toContain("failed:interrupted");
  expect(second.agents.inputs).toEqual([]);
  hub.command(turnStart("s", "echo on"));
  await until("the next turn", () => ended(hub.events("s")) === 3);
  await restart(second);
  expect(kinds().filter((kind) => kind === "approval.superseded")).toHaveLength(1);
});

test("so it is after a kill, and another question of the turn stays open", async () => {
  const first = await start();
  const approval = await waiting(first);
  const options = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];
  first.agents.say("s", { type: "approval.requested", approval_id: "beside", tool: "t", title: "May I too?", options });
  await until("asked beside", () => asked().length === 2);
  await stop(first);
  const { approval_id, input_hash } = approval;
  const taken = { kind: "approval.answer", id: "taken", session_id: "s", approval_id, option_id: "yes", input_hash };
  const lines = [{ taken }, { giving: approval_id }].map((record) => `${JSON.stringify(record)}\n`);
  appendFileSync(join(dataDir, "sessions", "s.jsonl"), lines.join(""));
  const second = await start();
  await until("superseded", () => kinds().includes("approval.superseded"));
  expect(second.agents.inputs).toEqual([]);
  const beside = asked()[1];
  if (beside !== undefined) answer(beside, "yes");
  await until("woken", () => second.agents.inputs.length === 1);
  expect(second.agents.inputs[0]).toContain("May I too?");
  expect(second.agents.inputs[0]).not.toContain("delete it");
});
