/** A thousand sockets that never say who they are: bounded, told so, and no harm to anybody else. */
import { expect, it } from "vitest";
import { dial, startRig, until } from "./test/rig.ts";

it("of a thousand sockets without a hello the first few wait, all others are told so, and a client gets in", {
  timeout: 60_000,
}, async () => {
  // Longer than the flood takes on any machine: each deadline that passes meanwhile would let others in.
  const rig = await startRig({ helloDeadlineMs: 60_000 });
  const flood = await Promise.allSettled(Array.from({ length: 1_000 }, () => dial(`ws://127.0.0.1:${rig.port}/ws/runtime`)));
  const refused = flood.flatMap((entry) => (entry.status === "rejected" ? [entry.reason as { status: number; body: unknown }] : []));
  expect(refused).toHaveLength(1_000 - 32);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(refused[0]?.body).toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(rig.gateway.socketCount()).toBe(32);
  await rig.client("ann");
});

it("sockets that never say who they are go at their deadline, and leave their room to a real runtime", async () => {
  const rig = await startRig({ helloDeadlineMs: 400, closeGraceMs: 50 });
  const peers = await Promise.all(Array.from({ length: 32 }, () => dial(`ws://127.0.0.1:${rig.port}/ws/runtime`)));
  for (const peer of peers) expect((await peer.closed).code).toBe(4408);
  await until(() => rig.gateway.socketCount() === 0);
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
