/** Terminals under pressure: who sends too fast waits, who reads too slowly costs a bounded amount, and nobody else notices. */
import { TERMINAL_WINDOW_BYTES } from "@fairlead/protocol";
import { expect, it } from "vitest";
import { type Peer, startRig, until } from "./test/rig.ts";
import { attach, held, settled } from "./test/terminals.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a viewer typed, as the runtime got it, with each frame where the one before it ended. */
function typed(runtime: Peer): { bytes: number; inOrder: boolean } {
  let bytes = 0;
  let inOrder = true;
  for (const { kind, position, payload } of runtime.binary) {
    if (kind !== "input") continue;
    inOrder &&= position === bytes;
    bytes += payload.length;
  }
  return { bytes, inOrder };
}

it("a flood of small frames is read as fast as it may come, whole and in order, and holds nobody up", { timeout: 60_000 }, async () => {
  const rig = await startRig({ binaryFrames: { perSecond: 2_000, burst: 200 } });
  rig.standIn.addSession("s1", "ann");
  rig.standIn.addSession("s2", "bob", "r2");
  const [runtime, other] = [await rig.runtime("r1"), await rig.runtime("r2")];
  const [ann, bob] = [await rig.client("ann"), await rig.client("bob")];
  await attach(ann, runtime, { number: 0, session: "s1" });
  const far = await attach(bob, other, { number: 0, session: "s2" });
  await held(ann, 0, "v-0");
  const began = performance.now();
  for (let position = 0; position < 9_000; position += 1) ann.sendBytes("input", 0, position, "k");
  other.sendBytes("output", far, 0, "x");
  await bob.nextBytes("output");
  expect(runtime.binary.length).toBeLessThan(9_000);
  await until(() => runtime.binary.length === 9_000, 30_000);
  expect(typed(runtime)).toEqual({ bytes: 9_000, inOrder: true });
  // 8,800 beyond the burst at 2,000 a second; the last 64 KiB that were read before the pause, some 3,500, are paid for afterwards.
  expect(performance.now() - began).toBeGreaterThan(2_400);
  await settled(ann);
  expect(ann.frames.filter(({ type }) => type === "error")).toEqual([]);
});

it("a paste for a runtime that does not read waits with its sender, costs little, and comes whole", { timeout: 60_000 }, async () => {
  const rig = await startRig({ binaryBytes: { perSecond: 1_000 * MIB, burst: 1_000 * MIB } });
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  await attach(ann, runtime, { number: 0, session: "s1" });
  await held(ann, 0, "v-0");
  runtime.ws.pause();
  const piece = "p".repeat(64 * KIB);
  const pieces = 640;
  for (let index = 0; index < pieces; index += 1) ann.sendBytes("input", 0, index * piece.length, piece);
  // What the hub and the kernel hold is full when the sender's own buffer stops getting smaller.
  let waiting = Number.POSITIVE_INFINITY;
  await until(() => {
    const before = waiting;
    waiting = ann.ws.bufferedAmount;
    return waiting === before;
  }, 20_000);
  expect(waiting).toBeGreaterThan(8 * MIB);
  expect(rig.gateway.unsentBytes()).toBeLessThan(2 * MIB);
  expect(rig.gateway.socketCount()).toBe(2);
  runtime.ws.resume();
  await until(() => typed(runtime).bytes === pieces * piece.length, 30_000);
  expect(typed(runtime).inOrder).toBe(true);
  await settled(ann, runtime);
});

it("a viewer that reads nothing costs its window, and a runtime that sends on loses that viewer alone", { timeout: 60_000 }, async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  const [slow, quick] = [await rig.client("ann"), await rig.client("ann")];
  const farSlow = await attach(slow, runtime, { number: 0, session: "s1", viewer: "slow" });
  const farQuick = await attach(quick, runtime, { number: 0, session: "s1", viewer: "quick" });
  slow.ws.pause();
  const piece = "x".repeat(16 * KIB);
  let sent = 0;
  let worst = 0;
  const detached = runtime.next((frame) => frame.type === "terminal.detach");
  let cutOff = false;
  void detached.then(() => {
    cutOff = true;
  });
  while (!cutOff) {
    runtime.sendBytes("output", farSlow, sent, piece);
    runtime.sendBytes("output", farQuick, sent, piece);
    expect((await quick.nextBytes("output")).position).toBe(sent);
    sent += piece.length;
    quick.sendBytes("credit", 0, sent);
    await runtime.nextBytes("credit");
    worst = Math.max(worst, rig.gateway.unsentBytes());
  }
  expect(await detached).toMatchObject({ number: farSlow });
  expect(sent).toBeGreaterThan(TERMINAL_WINDOW_BYTES);
  expect(worst).toBeLessThan(4 * TERMINAL_WINDOW_BYTES + MIB);
  slow.ws.resume();
  expect(await slow.next("terminal.detached")).toMatchObject({ number: 0, reason: "limit" });
  runtime.sendBytes("output", farQuick, sent, "still here");
  await quick.nextBytes("output");
});

it("a viewer that draws gets any amount", { timeout: 60_000 }, async () => {
  const rig = await startRig({ binaryFrames: { perSecond: 100_000, burst: 100_000 } });
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  const far = await attach(ann, runtime, { number: 0, session: "s1" });
  const piece = "y".repeat(64 * KIB);
  for (let sent = 0; sent < 16 * MIB; sent += piece.length) {
    runtime.sendBytes("output", far, sent, piece);
    expect(await ann.nextBytes("output")).toMatchObject({ position: sent });
    ann.sendBytes("credit", 0, sent + piece.length);
    await runtime.nextBytes("credit");
  }
  expect(ann.frames.filter(({ type }) => type === "terminal.detached")).toEqual([]);
});

it("a client that reads none of its many terminals is cut before it costs more than a socket may", { timeout: 60_000 }, async () => {
  const rig = await startRig({ cutBytes: 2 * MIB });
  const runtime = await rig.runtime("r1");
  const [slow, quick] = [await rig.client("ann"), await rig.client("ann")];
  const far: number[] = [];
  for (let number = 0; number < 8; number += 1) {
    rig.standIn.addSession(`s${number}`, "ann");
    far.push(await attach(slow, runtime, { number, session: `s${number}`, viewer: `slow-${number}` }));
  }
  const farQuick = await attach(quick, runtime, { number: 0, session: "s0", viewer: "quick" });
  slow.ws.pause();
  const piece = "z".repeat(64 * KIB);
  let worst = 0;
  for (let round = 0; round < 15; round += 1) {
    for (const number of far) runtime.sendBytes("output", number, round * piece.length, piece);
    await settled(runtime);
    worst = Math.max(worst, rig.gateway.unsentBytes());
  }
  await until(() => rig.gateway.socketCount() === 2);
  expect(worst).toBeLessThan(3 * MIB);
  for (const number of far) expect(await runtime.next("terminal.detach")).toMatchObject({ number });
  runtime.sendBytes("output", farQuick, 0, "unharmed");
  await quick.nextBytes("output");
});
