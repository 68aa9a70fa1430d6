/** What is offered while programs come and go. */
import type { EndpointConfig, EndpointOffer } from "@fairlead/protocol";
import { expect, onTestFinished, test } from "vitest";
import { createScriptAgents } from "../test/script-agent.ts";
import { until } from "../test/test-hub.ts";
import { watchOffers } from "./offers.ts";
import { createProcesses } from "./process/spawn.ts";

const ENDPOINT: EndpointConfig = {
  id: "one",
  name: "One",
  tags: {},
  limits: {},
  optional: false,
  require_approval: false,
  open_terminal: false,
  profile: "generic-cli",
  config: { command: "x", args: [], env: {}, spawn_policy: "per-session" },
};

/** Watches endpoints whose program is missing at first. */
async function watchMissing(endpoints: readonly EndpointConfig[]) {
  const agents = createScriptAgents();
  agents.unavailable = "not installed";
  const changes: (readonly EndpointOffer[])[] = [];
  const watch = await watchOffers({
    endpoints,
    processes: createProcesses({ instance: "test", env: {}, home: "/" }),
    bind: agents.bind,
    interval: 10,
    onChange: (offers) => changes.push(offers),
  });
  onTestFinished(() => watch.stop());
  return { agents, watch, changes };
}

test("an endpoint whose command comes and goes is offered as such", async () => {
  const { agents, watch, changes } = await watchMissing([ENDPOINT]);
  expect(watch.current()).toMatchObject([{ id: "one", name: "One", unavailable: "not installed" }]);
  agents.unavailable = undefined;
  await until("told", () => changes.length === 1);
  expect(changes[0]?.[0]?.unavailable).toBeUndefined();
});

test("an optional endpoint is offered only while it can run", async () => {
  const { agents, watch, changes } = await watchMissing([ENDPOINT, { ...ENDPOINT, id: "two", optional: true }]);
  expect(watch.current()).toMatchObject([{ id: "one", unavailable: "not installed" }]);
  agents.unavailable = undefined;
  await until("told that it came", () => changes.length === 1);
  expect(watch.current()).toMatchObject([{ id: "one" }, { id: "two" }]);
  agents.unavailable = "removed";
  await until("told that it went", () => changes.length === 2);
  expect(watch.current()).toMatchObject([{ id: "one", unavailable: "removed" }]);
});
