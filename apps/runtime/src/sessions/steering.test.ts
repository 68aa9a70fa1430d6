/** Messages that steer the running turn, through the whole runtime: taken into it, or run in their order. */
import { expect, test } from "vitest";
import { ended, turnStart } from "../../test/runtime-harness.ts";
import { hub, renewWorld, start } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";

renewWorld();

test("a message steers the running turn, and waits for its own where the agent takes no more", async () => {
  const { agents } = await start();
  const turn = turnStart("s", "wait");
  hub.command(turn);
  await until("running", () => hub.events("s").length === 2);
  const steering = { ...turnStart("s", "go left"), steers: turn.turn_id };
  hub.command(steering);
  await until("taken", () => hub.commandStates.get(steering.id) === "applied");
  expect(agents.steered).toEqual(["go left"]);
  expect(hub.events("s").at(-1)).toEqual({ type: "turn.steered", turn_id: steering.turn_id, into: turn.turn_id });
  agents.takesSteering = false;
  const late = { ...turnStart("s", "echo later"), steers: turn.turn_id };
  hub.command(late);
  await until("kept", () => hub.commandStates.get(late.id) === "delivered");
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: turn.turn_id });
  await until("both ended", () => ended(hub.events("s")) === 2);
  expect(agents.inputs).toEqual(["wait", "echo later"]);
  expect(agents.steered).toEqual(["go left"]);
});

test("a message that the agent never answered for runs when the turn has ended, before those that came after it", async () => {
  const { agents } = await start();
  agents.keepsSteering = true;
  const turn = turnStart("s", "wait");
  hub.command(turn);
  await until("running", () => hub.events("s").length === 2);
  const steering = { ...turnStart("s", "echo first"), steers: turn.turn_id };
  hub.command(steering);
  hub.command(turnStart("s", "echo second"));
  await until("kept", () => hub.commandStates.get(steering.id) === "delivered");
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: turn.turn_id });
  await until("all ended", () => ended(hub.events("s")) === 3);
  expect(agents.inputs).toEqual(["wait", "echo first", "echo second"]);
  expect(hub.events("s").some(({ type }) => type === "turn.steered")).toBe(false);
});

test("what the agent says of a message right after its turn has ended still counts, and the next one waits for it", async () => {
  const { agents } = await start();
  agents.keepsSteering = true;
  const turn = turnStart("s", "wait");
  hub.command(turn);
  await until("running", () => hub.events("s").length === 2);
  const steering = { ...turnStart("s", "echo first"), steers: turn.turn_id };
  hub.command(steering);
  hub.command(turnStart("s", "echo second"));
  await until("kept", () => hub.commandStates.get(steering.id) === "delivered");
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: turn.turn_id });
  await until("ended", () => ended(hub.events("s")) === 1);
  agents.settleSteering(true);
  await until("all ended", () => ended(hub.events("s")) === 2);
  expect(agents.inputs).toEqual(["wait", "echo second"]);
  expect(hub.events("s")[3]).toEqual({ type: "turn.steered", turn_id: steering.turn_id, into: turn.turn_id });
});
