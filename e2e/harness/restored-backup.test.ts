/** A hub that comes back with an older database, as after a restored backup or a power cut: everybody goes on from there. */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LiveSession, openSession } from "@fairlead/client";
import { expect, it } from "vitest";
import { wholeLog } from "../soak/logs.ts";
import { ROOT } from "./programs.ts";
import { until } from "./until.ts";
import { openWorld, type World } from "./world.ts";

const CLI = {
  id: "cli",
  cli: { command: join(ROOT, "e2e/harness/agents/lines.sh"), args: ["cli"], env: { RUNS: "/dev/null" }, prompt_pattern: "ready> $" },
  limits: { idle_timeout: "20s" },
};

const ended = (session: LiveSession) =>
  session.store
    .get()
    .view.blocks.toArray()
    .filter((block) => block.type === "turn").length;

async function say(session: LiveSession, content: string): Promise<void> {
  const before = ended(session);
  session.send(content);
  await until(`"${content}" was answered`, () => ended(session) > before);
}

async function restore(world: World): Promise<void> {
  const database = join(world.dir, "hub", "hub.db");
  for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  copyFileSync(`${database}.backup`, database);
}

it("runtime, scripts and screens go on from where the database is, and new sessions work", { timeout: 120_000 }, async () => {
  const world = await openWorld({ endpoints: [CLI] });
  try {
    const client = world.newClient();
    const { id } = await client.call("sessions.create", { endpoint_id: "cli" });
    const session = openSession(client, id);
    await say(session, "before the backup");
    await world.hub.stop();
    const database = join(world.dir, "hub", "hub.db");
    copyFileSync(database, `${database}.backup`);
    await world.hub.start();
    await until("live again", () => client.socket.status.get().state === "live");
    await say(session, "lost one");
    await say(session, "lost two");
    const gone = await client.call("sessions.create", { endpoint_id: "cli" });
    const other = openSession(client, gone.id);
    await say(other, "lost three");
    other.close();

    await world.hub.kill9();
    await restore(world);
    await world.hub.start();
    await world.runtimeOnline();
    await until("the screen shows what there is", () => session.store.get().caught_up && ended(session) === 1);
    await say(session, "after the restore");
    const log = await wholeLog(client, id);
    expect(log.map((event) => event.seq)).toEqual(log.map((_, index) => index + 1));
    expect(log.flatMap((event) => (event.type === "message.posted" ? [event.content] : []))).toEqual([
      "before the backup",
      "after the restore",
    ]);
    expect(log.filter((event) => event.type === "notice" && event.code === "events_lost")).toHaveLength(1);
    expect(log.filter((event) => event.type === "turn.completed")).toHaveLength(2);
    await expect(client.call("sessions.get", { session_id: gone.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const fresh = openSession(client, (await client.call("sessions.create", { endpoint_id: "cli" })).id);
    await say(fresh, "something new");
    fresh.close();
    session.close();
    expect(world.runtime.output()).not.toContain("OrdinalGap");
  } finally {
    await world.close();
  }
});
