/** A thousand sockets that never say who they are: bounded, told so, and no harm to anybody else. */
import { expect, it } from "vitest";
import { dial, startRig, until } from "./test/rig.ts";

it("a thousand sockets without a hello leave room for a real runtime and a real client", { timeout: 60_000 }, async () => {
  const rig = await startRig({ helloDeadlineMs: 400, closeGraceMs: 50 });
  const flood = await Promise.allSettled(Array.from({ length: 1_000 }, () => dial(`ws://127.0.0.1:${rig.port}/ws/runtime`)));
  const let_in = flood.flatMap((entry) => (entry.status === "fulfilled" ? [entry.value] : []));
  const refused = flood.flatMap((entry) => (entry.status === "rejected" ? [entry.reason as { status: number; body: unknown }] : []));
  expect(refused.length).toBeGreaterThanOrEqual(1_000 - 32 * 8);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(refused[0]?.body).toMatchObject({ code: "LIMIT_EXCEEDED" });
  await rig.client("ann");
  for (const peer of let_in) expect((await peer.closed).code).toBe(4408);
  await until(() => rig.gateway.socketCount() === 1);
  await rig.runtime("r1");
});

it("no more than 32 of one address wait at the same time", async () => {
  const rig = await startRig();
  const peers = await Promise.all(Array.from({ length: 32 }, () => dial(`ws://127.0.0.1:${rig.port}/ws/runtime`)));
  await expect(dial(`ws://127.0.0.1:${rig.port}/ws/runtime`)).rejects.toMatchObject({ status: 429 });
  // One that proves who it is makes room for the next.
  peers[0]?.send({ type: "runtime.hello", runtime_id: "r1", token: "secret-r1", endpoints: [] });
  await peers[0]?.next("hello.ack");
  await dial(`ws://127.0.0.1:${rig.port}/ws/runtime`);
});

it("a thousand upgrades without credentials are each answered with 401", { timeout: 30_000 }, async () => {
  const rig = await startRig();
  const flood = await Promise.allSettled(Array.from({ length: 1_000 }, () => dial(`ws://127.0.0.1:${rig.port}/ws/client`)));
  const statuses = flood.map((entry) => (entry.status === "rejected" ? (entry.reason as { status: number }).status : 101));
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(rig.gateway.socketCount()).toBe(0);
});

it("a user may hold a bounded number of sockets", async () => {
  const rig = await startRig({ maxSocketsPerUser: 3 });
  const peers = await Promise.all([rig.client("ann"), rig.client("ann"), rig.client("ann")]);
  const fourth = await rig.client("ann", { hello: false });
  expect(await fourth.next("error")).toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect((await fourth.closed).code).toBe(4429);
  await rig.client("bob");
  peers[0]?.ws.close();
  await peers[0]?.closed;
  await rig.client("ann");
});
