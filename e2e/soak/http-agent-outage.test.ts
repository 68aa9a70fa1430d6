/** The link between runtime and an HTTP agent, cut, half-open and slow: each turn ends by a fact, and the next one works. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openSession } from "@fairlead/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { speedUpClock } from "../harness/fast-clock.ts";
import { type BadNetwork, startProxy } from "../harness/proxy.ts";
import { pause, until } from "../harness/until.ts";
import { openWorld, type World } from "../harness/world.ts";
import { tell } from "./conversation.ts";
import { wholeLog } from "./logs.ts";

const CLOCK = { speed: 12, base: Date.now() };
const LINES = Array.from({ length: 8 }, (_, index) => `line ${index + 1} of 8\n`);

let agent: Server;
let link: BadNetwork;
let world: World;
let restoreClock: () => void;

beforeAll(async () => {
  restoreClock = speedUpClock(CLOCK);
  agent = createServer((request, response) => {
    request.resume();
    void stream(
      (line) => response.write(line),
      () => response.end(),
    );
  });
  await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
  link = await startProxy((agent.address() as AddressInfo).port);
  const http = { base_url: `http://127.0.0.1:${link.port}/`, timeout: "20s" };
  world = await openWorld({ endpoints: [{ id: "http", http }], clock: CLOCK });
});
afterAll(async () => {
  await world.close();
  await link.close();
  agent.closeAllConnections();
  await new Promise((resolve) => agent.close(resolve));
  restoreClock();
});

/** One line every second. */
async function stream(write: (line: string) => void, end: () => void): Promise<void> {
  for (const line of LINES) {
    write(line);
    await pause(1_000);
  }
  end();
}

describe.each([5_000, 60_000])("an outage of %i ms between runtime and agent", { timeout: 120_000 }, (duration) => {
  it.each(["cut", "half-open", "slow"] as const)("%s", async (kind) => {
    const client = world.newClient();
    // Over HTTP, whose deadline keeps to the real clock: a call's fifteen seconds are little more than one here, dialling included.
    const { id } = await client.operations["sessions.create"]({ endpoint_id: "http" });
    const session = openSession(client, id);
    const blocks = () => session.store.get().view.blocks.toArray();
    const ended = () => blocks().filter((block) => block.type === "turn").length;
    session.send("through the outage");
    await until("the agent speaks", () => blocks().some((block) => block.type === "agent"));
    if (kind === "cut") link.block();
    else if (kind === "half-open") link.halfOpen();
    else link.delay(1_500);
    await pause(duration);
    // A minute is longer than the endpoint's timeout: silence alone has ended the turn by then.
    if (kind !== "slow" && duration > 30_000) expect(ended()).toBe(1);
    link.delay(0);
    link.resume();
    await until("the turn ended", () => ended() === 1);
    session.send("after it");
    await until("the next turn ended", () => ended() === 2);
    const [first, second] = tell(await wholeLog(client, id));
    const whole = LINES.join("");
    if (kind === "slow") expect(first).toMatchObject({ end: "completed", said: { answer: whole } });
    else {
      expect(first?.end).toBe("failed");
      expect(["http", "timeout", "protocol"]).toContain(first?.outcome);
      expect(whole.startsWith(first?.said.answer ?? "-")).toBe(true);
    }
    expect(second).toMatchObject({ end: "completed", said: { answer: whole } });
    session.close();
    client.close();
  });
});
