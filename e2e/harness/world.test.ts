/** The harness itself, and the smallest conversation through everything. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createTrpcClient, openSession } from "@fairlead/client";
import { expect, it } from "vitest";
import type { AppRouter } from "../../apps/hub/src/server/api/trpc/router.ts";
import { ADMIN } from "./hub.ts";
import { ROOT } from "./programs.ts";
import { until } from "./until.ts";
import { openWorld } from "./world.ts";

const JOB = {
  id: "job",
  job: { command: join(ROOT, "e2e/harness/agents/lines.sh"), args: ["job", "{message}"], env: { RUNS: "/dev/null" } },
};

it("carries a message to an agent and its output back, and leaves nothing running", async () => {
  const world = await openWorld({ endpoints: [JOB] });
  try {
    const client = world.newClient();
    const { id } = await client.call("sessions.create", { endpoint_id: "job" });
    const session = openSession(client, id);
    session.send("hello");
    const result = await until("the turn ended", () =>
      session.store
        .get()
        .view.blocks.toArray()
        .find((block) => block.type === "turn"),
    );
    expect(result).toMatchObject({ stop_reason: "end_turn", exit_code: 0 });
    const texts = session.store
      .get()
      .view.blocks.toArray()
      .filter((block) => block.type === "agent");
    expect(texts.map((block) => block.text.toString()).join("")).toContain("hello: line 12 of 12");
  } finally {
    await world.close();
  }
});

it("runs the example script of the documentation", async () => {
  const world = await openWorld({ endpoints: [JOB] });
  try {
    const args = ["--import", "tsx", "docs/examples/client-script.ts", world.hub.url, ADMIN.username, ADMIN.password, "job", "hi"];
    const script = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let told = "";
    script.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    script.stderr.on("data", (chunk) => {
      told += String(chunk);
    });
    const code = await new Promise((resolve) => script.once("close", resolve));
    expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining("done") });
    expect(told).toContain("job  job  (generic-job, online)");
    expect(output).toBe(Array.from({ length: 12 }, (_, index) => `hi: line ${index + 1} of 12\n`).join(""));
  } finally {
    await world.close();
  }
});

it("answers the typed tRPC client as it answers REST and the socket", async () => {
  const world = await openWorld({ endpoints: [JOB] });
  try {
    const client = world.newClient();
    const trpc = createTrpcClient<AppRouter>({ url: world.hub.url, token: world.token });
    const created = await trpc.sessions.create.mutate({ endpoint_id: "job", title: "three doors" });
    const overRest = await client.operations["sessions.get"]({ session_id: created.id });
    const overSocket = await client.call("sessions.get", { session_id: created.id });
    expect(await trpc.sessions.get.query({ session_id: created.id })).toEqual(overRest);
    expect(overSocket).toEqual(overRest);
    await expect(client.call("sessions.get", { session_id: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(client.operations["sessions.get"]({ session_id: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  } finally {
    await world.close();
  }
});
