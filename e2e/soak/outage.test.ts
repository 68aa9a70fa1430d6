/** Each link cut, half-open and slow for five seconds and for a minute, by a clock that runs faster: nothing lost or doubled. */
import { isDeepStrictEqual } from "node:util";
import { type Client, eventsOf, type LiveSession, openSession } from "@fairlead/client";
import { HEARTBEAT_MS } from "@fairlead/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { speedUpClock } from "../harness/fast-clock.ts";
import type { BadNetwork } from "../harness/proxy.ts";
import { pause, until } from "../harness/until.ts";
import { openWorld, type World } from "../harness/world.ts";
import { endpointsOf, tell } from "./conversation.ts";
import { wholeLog } from "./logs.ts";

const CLOCK = { speed: 12, base: Date.now() };
/** The product's own limit (ms): an outage longer than this is noticed, before it is over, although nothing tells of it. */
const SILENCE_LIMIT = 45_000;

let world: World;
let direct: Client;
let restoreClock: () => void;
let counter = 0;

beforeAll(async () => {
  restoreClock = speedUpClock(CLOCK);
  world = await openWorld({ endpoints: endpointsOf("/dev/null"), clock: CLOCK });
  direct = world.newClient({ direct: true });
});
afterAll(async () => {
  await world.close();
  restoreClock();
});

type Kind = "cut" | "half-open" | "slow";
const begin: Record<Kind, (link: BadNetwork) => void> = {
  cut: (link) => link.block(),
  "half-open": (link) => link.halfOpen(),
  slow: (link) => link.delay(1_500),
};

function heal(link: BadNetwork): void {
  link.delay(0);
  link.resume();
}

const ended = (session: LiveSession) =>
  session.store
    .get()
    .view.blocks.toArray()
    .filter((block) => block.type === "turn").length;

const isRuntimeOnline = async () => (await direct.operations["endpoints.list"]({})).every((endpoint) => endpoint.online);

/** A message before, two during and one after an outage; the log must tell all four whole, in order, each once. */
async function talkThrough(outage: (client: Client) => Promise<void>): Promise<void> {
  counter += 1;
  const client = world.newClient();
  // Over HTTP, whose deadline keeps to the real clock: a call's fifteen seconds are little more than one here, dialling included.
  const { id } = await direct.operations["sessions.create"]({ endpoint_id: "job" });
  const session = openSession(client, id);
  const texts = ["before", "as it began", "during", "after"].map((when) => `${when} outage ${counter}`);
  session.send(texts[0] ?? "");
  await until("the first turn ended", () => ended(session) === 1);
  session.send(texts[1] ?? "");
  const during = pause(2_000).then(() => session.send(texts[2] ?? ""));
  await outage(client);
  await during;
  session.send(texts[3] ?? "");
  await until("all turns ended", () => ended(session) === 4);
  const log = await wholeLog(direct, id);
  expect(isDeepStrictEqual(eventsOf(session.store.get().view), log)).toBe(true);
  const told = tell(log);
  expect(told.map((turn) => turn.content)).toEqual(texts);
  const lines = (content: string) => Array.from({ length: 12 }, (_, index) => `${content}: line ${index + 1} of 12\n`).join("");
  expect(told.map((turn) => turn.said.stdout)).toEqual(texts.map(lines));
  session.close();
  client.close();
}

describe.each([5_000, 60_000])("an outage of %i ms", { timeout: 120_000 }, (duration) => {
  it.each(["cut", "half-open", "slow"] as const)("between client and hub: %s", async (kind) => {
    await talkThrough(async (client) => {
      const startedAt = Date.now();
      begin[kind](world.clientLink);
      if (kind === "cut") await until("the client says so", () => client.socket.status.get().state !== "live");
      if (kind === "half-open" && duration > SILENCE_LIMIT) {
        await until("the client says so", () => client.socket.status.get().state !== "live");
        // Not since that was noticed: the hub was heard last when its last heartbeat came.
        const { since } = client.socket.status.get();
        expect(since).toBeGreaterThan(startedAt - 2 * HEARTBEAT_MS);
        expect(since).toBeLessThan(startedAt + 5_000);
      }
      await pause(Math.max(0, duration - (Date.now() - startedAt)));
      heal(world.clientLink);
      await until("live again", () => client.socket.status.get().state === "live");
    });
  });

  it.each(["cut", "half-open", "slow"] as const)("between runtime and hub: %s", async (kind) => {
    await talkThrough(async () => {
      const startedAt = Date.now();
      begin[kind](world.runtimeLink);
      if (kind === "cut") await until("the hub says so", async () => !(await isRuntimeOnline()));
      if (kind === "half-open" && duration > SILENCE_LIMIT) {
        await until("the hub says so", async () => !(await isRuntimeOnline()));
        const [endpoint] = await direct.operations["endpoints.list"]({});
        expect(Date.now() - new Date(endpoint?.last_heard_at ?? 0).getTime()).toBeGreaterThan(SILENCE_LIMIT - 5_000);
      }
      await pause(Math.max(0, duration - (Date.now() - startedAt)));
      heal(world.runtimeLink);
      await until("online again", isRuntimeOnline);
    });
  });
});
