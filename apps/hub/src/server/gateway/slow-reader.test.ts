/** A viewer stalls while a runtime floods: it costs a bounded amount of memory, holds nobody up and loses nothing. */
import { expect, it } from "vitest";
import { numbers, readTo, startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

const MIB = 1024 * 1024;

it("costs at most 16 MiB and gets everything afterwards", { timeout: 60_000 }, async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const [slow, quick, runtime] = await Promise.all([rig.client("ann"), rig.client("ann"), rig.runtime("r1")]);
  for (const viewer of [slow, quick]) {
    viewer.send({ type: "client.subscribe", session_id: "s1" });
    await viewer.next("subscribed");
  }
  let last = 0;
  quick.ws.on("message", (data) => {
    const frame = JSON.parse(String(data)) as { type: string; to: number };
    if (frame.type === "range") last = frame.to;
    quick.frames.length = 0;
  });
  slow.ws.pause();

  const fill = "x".repeat(1_000);
  let sent = 0;
  let worst = 0;
  // As much as tells a bound from none; how long that takes is the machine's affair.
  while (sent * fill.length <= 16 * MIB) {
    runtime.send({ type: "events", session_id: "s1", stream: "a", from: sent + 1, events: deltas(sent + 1, sent + 50, fill) });
    sent += 50;
    await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === sent);
    worst = Math.max(worst, rig.gateway.unsentBytes());
  }
  await until(() => last === sent);
  expect(worst).toBeLessThan(4 * MIB);
  expect(slow.ws.readyState).toBe(slow.ws.OPEN);
  slow.ws.resume();
  expect(await readTo(slow, { session: "s1", to: sent })).toEqual(numbers(1, sent));
  // Live again after it has caught up.
  runtime.send({ type: "events", session_id: "s1", stream: "a", from: sent + 1, events: deltas(sent + 1, sent + 1) });
  expect(await readTo(slow, { session: "s1", after: sent, to: sent + 1 })).toEqual([sent + 1]);
});

it("a client that asks without reading is cut", { timeout: 30_000 }, async () => {
  const rig = await startRig({ framesPerSecond: 100_000, frameBurst: 100_000, callPauseBytes: 8 * MIB, cutBytes: 2 * MIB });
  const big = "y".repeat(200_000);
  Object.assign(rig.standIn.services, { execute: () => Promise.resolve({ big }) });
  const client = await rig.client("ann");
  client.ws.pause();
  for (let index = 0; index < 60; index += 1) client.send({ type: "call", id: `c${index}`, operation: "endpoints.list", input: {} });
  await until(() => rig.gateway.socketCount() === 0, 10_000);
});

it("a peer that sends pings and never reads the pongs is cut", { timeout: 30_000 }, async () => {
  const rig = await startRig({ cutBytes: 100_000 });
  const runtime = await rig.runtime("r1");
  runtime.ws.pause();
  const payload = "p".repeat(125);
  const flood = setInterval(() => {
    for (let index = 0; index < 5_000 && runtime.ws.bufferedAmount < 4 * MIB; index += 1) runtime.ws.ping(payload);
  }, 1);
  try {
    await until(() => rig.gateway.socketCount() === 0, 20_000);
  } finally {
    clearInterval(flood);
  }
});

it("calls of a client that reads slowly wait, and all are answered", { timeout: 30_000 }, async () => {
  const rig = await startRig({ framesPerSecond: 100_000, frameBurst: 100_000, callPauseBytes: 300_000 });
  const big = "y".repeat(200_000);
  const { execute } = rig.standIn.services;
  let running = 0;
  Object.assign(rig.standIn.services, {
    execute: async (...args: Parameters<typeof execute>) => {
      if (args[0] === "me.get") return execute(...args);
      running += 1;
      return { big };
    },
  });
  const client = await rig.client("ann");
  client.ws.pause();
  for (let index = 0; index < 60; index += 1) client.send({ type: "call", id: `c${index}`, operation: "endpoints.list", input: {} });
  await until(() => rig.gateway.unsentBytes() >= 300_000);
  expect(running).toBeLessThan(60);
  client.ws.resume();
  await until(() => client.frames.length === 60);
  expect(client.frames.every((frame) => frame.type === "result")).toBe(true);
});
