/** A hub that lost what it had acknowledged, a runtime that lost its newest records, and turns that neither would end. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ended, type Harness, removeDirectory, shape, startHarness, temporaryDirectory, turnStart } from "../../test/runtime-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";

let dataDir: string;
let hub: TestHub;
let harness: Harness | undefined;

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  await harness?.runtime.stop();
  harness = undefined;
  await hub.stop();
  removeDirectory(dataDir);
});

async function start(): Promise<Harness> {
  harness = await startHarness({ hub, dataDir });
  const { link } = harness.runtime;
  await until("live", () => link.state() === "live");
  return harness;
}

async function restart(change: () => void): Promise<Harness> {
  await harness?.runtime.stop();
  change();
  return start();
}

async function reconnect(change: () => void): Promise<void> {
  const before = hub.connections();
  change();
  hub.cut();
  await until("connected again", () => hub.connections() > before && harness?.runtime.link.state() === "live");
}

/** Waits until all that was sent is acknowledged and forgotten. */
const settled = (count: number) => until(`${count} turns ended`, () => ended(hub.events("s")) === count);

test("a hub that lost acknowledged events is told so and goes on, once and for good", async () => {
  await start();
  hub.command(turnStart("s", "echo one"));
  hub.command(turnStart("s", "echo two"));
  await settled(2);
  await reconnect(() => hub.rollBack("s", 2));
  hub.command(turnStart("s", "echo three"));
  const expected = ["turn.started", "answer:one", "notice", "turn.started", "answer:three", "completed:end_turn"];
  await until("the next turn", () => ended(hub.events("s")) === 1);
  expect(shape(hub.events("s"))).toEqual(expected);
  expect(hub.events("s")[2]).toMatchObject({ type: "notice", code: "events_lost", text: expect.stringContaining("4 events") });
  await reconnect(() => undefined);
  await restart(() => undefined);
  expect(shape(hub.events("s"))).toEqual(expected);
  expect(hub.gaps()).toBe(0);
});

test("a hub that lost all of a running turn learns that it runs", async () => {
  const { agents } = await start();
  hub.command(turnStart("s", "echo one"));
  await settled(1);
  const running = turnStart("s", "wait");
  hub.command(running);
  await until("it runs", () => shape(hub.events("s")).at(-1) === "stdout:waiting");
  await reconnect(() => {
    hub.rollBack("s", 1);
    hub.openTurns.set("s", { queued_turns: [running.turn_id] });
  });
  agents.say("s", { type: "message.delta", kind: "stdout", text: "later" });
  await until("its output", () => hub.events("s").length === 4);
  expect(shape(hub.events("s"))).toEqual(["turn.started", "notice", "turn.started", "stdout:later"]);
  hub.openTurns.clear();
});

test("a turn that the hub holds for running and that ended here long ago is ended once more", async () => {
  await start();
  const lost = turnStart("s", "echo one");
  hub.command(lost);
  await settled(1);
  await reconnect(() => {
    hub.rollBack("s", 2);
    hub.openTurns.set("s", { running_turn: lost.turn_id });
  });
  await until("an end", () => ended(hub.events("s")) === 1);
  hub.openTurns.clear();
  await reconnect(() => undefined);
  expect(shape(hub.events("s"))).toEqual(["turn.started", "answer:one", "notice", "failed:interrupted"]);
  expect(hub.events("s").at(-1)).toMatchObject({ turn_id: lost.turn_id });
});

test("so is one that waits at the hub and was taken here; one that was never taken is left to come", async () => {
  await start();
  const taken = turnStart("s", "echo one");
  hub.command(taken);
  await settled(1);
  const coming = turnStart("s", "echo two");
  await reconnect(() => {
    hub.rollBack("s", 0);
    hub.openTurns.set("s", { queued_turns: [taken.turn_id, coming.turn_id] });
  });
  hub.command(coming);
  await settled(2);
  hub.openTurns.clear();
  expect(shape(hub.events("s"))).toEqual(["notice", "failed:interrupted", "turn.started", "answer:two", "completed:end_turn"]);
  expect(hub.events("s")[1]).toMatchObject({ turn_id: taken.turn_id });
});

test("a turn whose end is still to be sent is not ended twice", async () => {
  const { agents } = await start();
  const turn = turnStart("s", "wait");
  hub.command(turn);
  await until("it runs", () => shape(hub.events("s")).at(-1) === "stdout:waiting");
  hub.acknowledging = false;
  hub.command({ kind: "turn.cancel", id: "cancel", session_id: "s", turn_id: turn.turn_id });
  await settled(1);
  hub.acknowledging = true;
  await reconnect(() => hub.openTurns.set("s", { running_turn: turn.turn_id }));
  agents.say("s", { type: "message.delta", kind: "stdout", text: "later" });
  await until("later output", () => shape(hub.events("s")).includes("stdout:later"));
  hub.openTurns.clear();
  expect(shape(hub.events("s"))).toEqual(["turn.started", "stdout:waiting", "completed:cancelled", "stdout:later"]);
});

test("a runtime whose disk lost the turn itself ends it all the same, and does not run it when the hub sends it again", async () => {
  await start();
  hub.command(turnStart("s", "echo one"));
  await settled(1);
  const turn = turnStart("s", "echo two");
  const [file = ""] = readdirSync(join(dataDir, "sessions"));
  const path = join(dataDir, "sessions", file);
  const before = readFileSync(path);
  hub.command(turn);
  await settled(2);
  await restart(() => {
    writeFileSync(path, before);
    hub.rollBack("s", 5);
    hub.openTurns.set("s", { running_turn: turn.turn_id });
    // Its acknowledgement was lost, too.
    hub.commandStates.delete(turn.id);
  });
  await until("an end", () => ended(hub.events("s")) === 2);
  await until("the command is answered", () => hub.commandStates.get(turn.id) === "applied");
  hub.openTurns.clear();
  expect(harness?.agents.inputs).toEqual([]);
  expect(hub.events("s").at(-1)).toMatchObject({ type: "turn.failed", turn_id: turn.turn_id, error: { kind: "interrupted" } });
});

test("a close that is sent again, its acknowledgement lost, does not end what came after it", async () => {
  await start();
  hub.command(turnStart("s", "echo one"));
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  await until("closed", () => hub.commandStates.get("close") === "applied");
  hub.command(turnStart("s", "wait"));
  await until("it runs", () => shape(hub.events("s")).at(-1) === "stdout:waiting");
  await reconnect(() => hub.commandStates.delete("close"));
  await until("answered again", () => hub.commandStates.get("close") === "applied");
  expect(ended(hub.events("s"))).toBe(1);
  expect(harness?.agents.open.has("s")).toBe(true);
});

test("an answer that comes after a restart and finds nobody ends as superseded, is acknowledged, and leaves the session usable", async () => {
  await start();
  hub.command(turnStart("s", "ask"));
  await until("asked", () => shape(hub.events("s")).at(-1) === "approval.requested");
  const again = await restart(() => undefined);
  hub.command({ kind: "approval.answer", id: "late", session_id: "s", approval_id: "s-a", option_id: "yes" });
  await until("acknowledged", () => hub.commandStates.get("late") === "applied");
  hub.command(turnStart("s", "echo on"));
  await settled(2);
  expect(again.agents.answers).toEqual([]);
  expect(shape(hub.events("s"))).toEqual([
    ...["turn.started", "approval.requested", "approval.withdrawn", "failed:interrupted", "approval.superseded"],
    ...["turn.started", "answer:on", "completed:end_turn"],
  ]);
});
