/** Hub, runtime and client with Postgres underneath: the hub is killed in the middle of a turn, and the log is whole. */
import { join } from "node:path";
import { openSession } from "@fairlead/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../apps/hub/test/postgres.ts";
import { tell } from "../soak/conversation.ts";
import { wholeLog } from "../soak/logs.ts";
import { ROOT } from "./programs.ts";
import { until } from "./until.ts";
import { openWorld } from "./world.ts";

const JOB = {
  id: "job",
  job: { command: join(ROOT, "e2e/harness/agents/lines.sh"), args: ["job", "{message}"], env: { RUNS: "/dev/null" } },
};

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

it("a conversation survives kill -9 of the hub and of the runtime on Postgres", { timeout: 120_000 }, async () => {
  const world = await openWorld({ endpoints: [JOB], storage: { driver: "postgres", dsn: await postgres.createDatabase() } });
  try {
    const client = world.newClient();
    const { id } = await client.call("sessions.create", { endpoint_id: "job" });
    const session = openSession(client, id);
    const blocks = () => session.store.get().view.blocks.toArray();
    const ends = () => blocks().filter((block) => block.type === "turn").length;
    session.send("one");
    await until("it speaks", () => blocks().some((block) => block.type === "agent"));
    await world.hub.kill9();
    session.send("two");
    await world.hub.start();
    session.send("three");
    await until("three turns ended", () => ends() === 3);
    await world.runtime.stop();
    session.send("four");
    await until("the hub has it", () => session.store.get().outgoing.length === 0);
    await world.hub.kill9();
    await world.hub.start();
    await world.runtime.start();
    await until("four turns ended", () => ends() === 4);
    const told = tell(await wholeLog(client, id));
    expect(told.map((turn) => [turn.content, turn.outcome])).toEqual(["one", "two", "three", "four"].map((text) => [text, "end_turn 0"]));
    const lines = (content: string) => Array.from({ length: 12 }, (_, index) => `${content}: line ${index + 1} of 12\n`).join("");
    for (const turn of told) expect(turn.said.stdout).toBe(lines(turn.content));
    const messages = await client.operations["messages.list"]({ session_id: id, limit: 100 });
    expect(messages.filter((message) => message.direction === "user").map((message) => message.content)).toEqual([
      "one",
      "two",
      "three",
      "four",
    ]);
    expect((await client.call("sessions.list", { search: "ONE" })).map((found) => found.id)).toEqual([id]);
    session.close();
  } finally {
    await world.close();
  }
});
