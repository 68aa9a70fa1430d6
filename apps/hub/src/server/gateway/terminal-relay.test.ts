/** Terminals through the gateway: bytes reach whom they are for and nobody else, and everybody is told where they stand. */
import { type RuntimeEvent, TERMINAL_FRAME } from "@fairlead/protocol";
import { expect, it } from "vitest";
import { type Rig, startRig } from "./test/rig.ts";
import { ATTACHED, ask, attach, held, RUN, settled } from "./test/terminals.ts";

async function start(limits: Parameters<typeof startRig>[0] = {}): Promise<Rig> {
  const rig = await startRig(limits);
  rig.standIn.addSession("s1", "ann");
  return rig;
}

const text = (frame: { readonly payload: Uint8Array }) => Buffer.from(frame.payload).toString();

it("carries output and input with their positions, each side under its own number", async () => {
  const rig = await start();
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  ann.send({ type: "terminal.attach", number: 7, session_id: "s1", viewer_id: "v-7", terminal_id: RUN, offset: 52_311 });
  const asked = await runtime.next("terminal.attach");
  expect(asked).toEqual({
    type: "terminal.attach",
    number: expect.any(Number),
    session_id: "s1",
    viewer_id: "v-7",
    may_hold: true,
    terminal_id: RUN,
    offset: 52_311,
  });
  const far = Number(asked.number);
  runtime.send({ type: "terminal.attached", number: far, ...ATTACHED, offset: 2 ** 40, taken: 17 });
  expect(await ann.next("terminal.attached")).toEqual({
    type: "terminal.attached",
    number: 7,
    ...ATTACHED,
    offset: 2 ** 40,
    taken: 17,
  });
  runtime.sendBytes("output", far, 2 ** 40, "hello\r\n");
  const output = await ann.nextBytes("output");
  expect(output).toMatchObject({ number: 7, position: 2 ** 40 });
  expect(text(output)).toBe("hello\r\n");
  await held(ann, 7, "v-7");
  ann.sendBytes("input", 7, 17, "ls\r");
  const input = await runtime.nextBytes("input");
  expect(input).toMatchObject({ number: far, position: 17 });
  expect(text(input)).toBe("ls\r");
  ann.sendBytes("credit", 7, 7);
  expect(await runtime.nextBytes("credit")).toMatchObject({ number: far, position: 7 });
  for (const kind of ["size", "reset", "snapshot", "taken"] as const) {
    runtime.sendBytes(kind, far, 9, "four");
    expect(await ann.nextBytes(kind)).toMatchObject({ number: 7, position: 9 });
  }
});

it("lets one viewer hold, and another take over, give back and leave", async () => {
  const rig = await start();
  const runtime = await rig.runtime("r1");
  const [laptop, phone] = [await rig.client("ann"), await rig.client("ann")];
  const far = await attach(laptop, runtime, { number: 0, session: "s1", viewer: "laptop" });
  await held(laptop, 0, "laptop");
  const farPhone = await attach(phone, runtime, { number: 0, session: "s1", viewer: "phone" });
  const viewers = await held(phone, 0, "laptop");
  expect(viewers.viewers).toEqual([
    { viewer_id: "laptop", user_id: "ann", name: "ann", may_hold: true },
    { viewer_id: "phone", user_id: "ann", name: "ann", may_hold: true },
  ]);
  phone.sendBytes("input", 0, 0, "ignored");
  phone.sendBytes("resize", 0, 0, "size");
  await settled(phone);
  phone.send({ type: "terminal.hold", number: 0, on: true });
  await Promise.all([held(phone, 0, "phone"), held(laptop, 0, "phone")]);
  laptop.sendBytes("input", 0, 0, "late");
  await settled(laptop);
  phone.sendBytes("input", 0, 0, "typed");
  expect(await runtime.nextBytes("input")).toMatchObject({ number: farPhone });
  phone.send({ type: "terminal.hold", number: 0, on: false });
  await Promise.all([held(laptop, 0, null), held(phone, 0, null)]);
  laptop.send({ type: "terminal.hold", number: 0, on: true });
  await held(phone, 0, "laptop");
  laptop.send({ type: "terminal.detach", number: 0 });
  expect(await laptop.next("terminal.detached")).toEqual({ type: "terminal.detached", number: 0, reason: "detached" });
  expect(await runtime.next("terminal.detach")).toEqual({ type: "terminal.detach", number: far });
  expect((await held(phone, 0, null)).viewers).toHaveLength(1);
  expect(runtime.binary).toEqual([]);
  // The runtime heard of each change but the last, which it was told by the end of the view.
  for (const [number, on] of [
    [far, true],
    [farPhone, true],
    [farPhone, false],
    [far, true],
  ]) {
    expect(await runtime.next("terminal.hold")).toEqual({ type: "terminal.hold", number, on });
  }
});

it("lets others watch who may, but never hold, and ends their view when the right goes", async () => {
  const rig = await start();
  rig.standIn.sessions.get("s1")?.readers.add("bob");
  const runtime = await rig.runtime("r1");
  const [ann, bob] = [await rig.client("ann"), await rig.client("bob")];
  ask(bob, { number: 3, session: "s1", viewer: "v-0" });
  const asked = await runtime.next("terminal.attach");
  expect(asked.may_hold).toBe(false);
  const farBob = Number(asked.number);
  runtime.send({ type: "terminal.attached", number: farBob, ...ATTACHED });
  expect((await held(bob, 3, null)).viewers).toEqual([{ viewer_id: "v-0", user_id: "bob", name: "bob", may_hold: false }]);
  bob.send({ type: "terminal.hold", number: 3, on: true });
  expect(await bob.next("error")).toMatchObject({ code: "FORBIDDEN", session_id: "s1" });
  bob.sendBytes("input", 3, 0, "rm -rf /");
  bob.sendBytes("resize", 3, 0, "size");
  bob.sendBytes("credit", 3, 5);
  expect(await runtime.nextBytes("credit")).toMatchObject({ number: farBob });
  expect(runtime.binary).toEqual([]);
  // The same name as the watcher's: neither takes the other's place.
  await attach(ann, runtime, { number: 0, session: "s1", viewer: "v-0" });
  expect((await held(ann, 0, "v-0")).viewers).toHaveLength(2);
  rig.standIn.sessions.get("s1")?.readers.clear();
  rig.standIn.bus.publish("access.bob", { session_id: "s1" });
  expect(await bob.next("terminal.detached")).toMatchObject({ number: 3, reason: "forbidden" });
  expect(await runtime.next("terminal.detach")).toMatchObject({ number: farBob });
  runtime.sendBytes("output", farBob, 0, "secret");
  await settled(runtime, bob);
  expect(bob.binary).toEqual([]);
});

it("says forbidden for what there is not and what is somebody else's, in the same words", async () => {
  const rig = await start();
  const bob = await rig.client("bob");
  ask(bob, { number: 0, session: "s1" });
  const foreign = await bob.next("terminal.detached");
  ask(bob, { number: 0, session: "nothing" });
  const unknown = await bob.next("terminal.detached");
  expect(foreign).toMatchObject({ reason: "forbidden" });
  expect(unknown).toEqual(foreign);
});

it("drops frames of forged and unknown numbers and refuses kinds a side may not send", async () => {
  const rig = await start();
  rig.standIn.addSession("s2", "bob", "r2");
  const [one, two] = [await rig.runtime("r1"), await rig.runtime("r2")];
  const [ann, bob] = [await rig.client("ann"), await rig.client("bob")];
  const far = await attach(ann, one, { number: 0, session: "s1" });
  await attach(bob, two, { number: 5, session: "s2" });
  await held(ann, 0, "v-0");
  // Each number is good on another socket only.
  bob.sendBytes("input", 0, 0, "forged");
  ann.sendBytes("input", 5, 0, "forged");
  two.sendBytes("output", far + 100, 0, "forged");
  one.sendBytes("output", 2 ** 32 - 1, 0, "forged");
  for (const kind of ["output", "size", "reset", "snapshot", "taken"] as const) {
    ann.sendBytes(kind, 0, 0, "forged");
    expect(await ann.next("error")).toMatchObject({ code: "INVALID_INPUT", error: expect.stringContaining(kind) });
  }
  for (const kind of ["input", "resize", "credit"] as const) {
    one.sendBytes(kind, far, 0, "forged");
    expect(await one.next("error")).toMatchObject({ code: "INVALID_INPUT", error: expect.stringContaining(kind) });
  }
  ann.ws.send(Buffer.of(TERMINAL_FRAME.input, 0, 0));
  expect(await ann.next("error")).toMatchObject({ code: "INVALID_INPUT" });
  one.send({ type: "terminal.attached", number: far + 1, ...ATTACHED });
  one.send({ type: "terminal.detached", number: far + 1, reason: "ended" });
  await settled(one, two, ann, bob);
  for (const peer of [one, two, ann, bob]) expect(peer.binary).toEqual([]);
  expect(ann.frames.filter(({ type }) => type === "terminal.detached")).toEqual([]);
});

it("sends nothing to a viewer before it was told that it watches, nor after it was told that it does not", async () => {
  const rig = await start();
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  ask(ann, { number: 0, session: "s1" });
  const far = Number((await runtime.next("terminal.attach")).number);
  runtime.sendBytes("output", far, 0, "early");
  ann.sendBytes("input", 0, 0, "early");
  await settled(runtime, ann);
  ann.send({ type: "terminal.detach", number: 0 });
  await ann.next("terminal.detached");
  runtime.send({ type: "terminal.attached", number: far, ...ATTACHED });
  runtime.sendBytes("output", far, 0, "late");
  await settled(runtime, ann);
  expect([...ann.binary, ...runtime.binary]).toEqual([]);
  expect(ann.frames.map(({ type }) => type)).not.toContain("terminal.attached");
  // Under the number that it had before, what was on its way to the older view reaches the newer one neither.
  expect(await attach(ann, runtime, { number: 0, session: "s1" })).not.toBe(far);
  runtime.sendBytes("output", far, 0, "later");
  await settled(runtime, ann);
  expect(ann.binary).toEqual([]);
});

it("says away while the runtime is, and available when it is back", async () => {
  const rig = await start();
  const ann = await rig.client("ann");
  ask(ann, { number: 0, session: "s1" });
  expect(await ann.next("terminal.detached")).toEqual({ type: "terminal.detached", number: 0, reason: "away" });
  const runtime = await rig.runtime("r1");
  expect(await ann.next("terminal.available")).toEqual({ type: "terminal.available", session_id: "s1" });
  await attach(ann, runtime, { number: 0, session: "s1" });
  runtime.ws.terminate();
  expect(await ann.next("terminal.detached")).toMatchObject({ number: 0, reason: "away" });
  const again = await rig.runtime("r1");
  await ann.next("terminal.available");
  await attach(ann, again, { number: 0, session: "s1" });
});

it("moves viewers to a newer connection of the runtime at once, and takes nothing from the older", async () => {
  const rig = await start();
  const older = await rig.runtime("r1");
  const ann = await rig.client("ann");
  const far = await attach(ann, older, { number: 0, session: "s1" });
  const newer = await rig.runtime("r1");
  expect(await ann.next("terminal.detached")).toMatchObject({ reason: "away" });
  await ann.next("terminal.available");
  older.sendBytes("output", far, 0, "stale");
  const farNow = await attach(ann, newer, { number: 0, session: "s1" });
  newer.sendBytes("output", farNow, 0, "fresh");
  expect(text(await ann.nextBytes("output"))).toBe("fresh");
  expect((await older.closed).code).toBe(4409);
});

it("gives keys and size back to who had them when the runtime is back, and to another only when that one does not come", async () => {
  const rig = await start();
  const [laptop, phone] = [await rig.client("ann"), await rig.client("ann")];
  let runtime = await rig.runtime("r1");
  await attach(laptop, runtime, { number: 0, session: "s1", viewer: "laptop" });
  await attach(phone, runtime, { number: 0, session: "s1", viewer: "phone" });
  for (const isBack of [true, false]) {
    await held(phone, 0, "laptop");
    runtime.ws.terminate();
    await Promise.all([laptop, phone].map((peer) => peer.next("terminal.detached")));
    runtime = await rig.runtime("r1");
    await Promise.all([laptop, phone].map((peer) => peer.next("terminal.available")));
    phone.frames.length = 0;
    await attach(phone, runtime, { number: 0, session: "s1", viewer: "phone" });
    await held(phone, 0, null);
    if (isBack) await attach(laptop, runtime, { number: 0, session: "s1", viewer: "laptop" });
    else laptop.ws.terminate();
  }
  await held(phone, 0, "phone");
});

it("says ended, and available when the program runs again", async () => {
  const rig = await start();
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  ask(ann, { number: 0, session: "s1" });
  const asked = await runtime.next("terminal.attach");
  runtime.send({ type: "terminal.detached", number: asked.number, reason: "ended", error: "it ended" });
  expect(await ann.next("terminal.detached")).toEqual({ type: "terminal.detached", number: 0, reason: "ended", error: "it ended" });
  rig.standIn.append("s1", [{ type: "notice", level: "info", text: '{"type":"terminal.opened"}' }]);
  await settled(ann);
  expect(ann.frames).toEqual([]);
  const opened: RuntimeEvent = { type: "terminal.opened", terminal_id: "t-2", command: ["sh"], work_dir: "/", cols: 80, rows: 24 };
  rig.standIn.append("s1", [opened]);
  expect(await ann.next("terminal.available")).toMatchObject({ session_id: "s1" });
  rig.standIn.append("s1", [opened]);
  await settled(ann);
  expect(ann.frames).toEqual([]);
});

it("puts the log right when it holds a run for open that the runtime does not have", async () => {
  const rig = await start({ tickMs: 10, recheckMs: 30 });
  const session = rig.standIn.sessions.get("s1");
  if (session !== undefined) session.open = RUN;
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  ask(ann, { number: 0, session: "s1" });
  const asked = await runtime.next("terminal.attach");
  expect(rig.standIn.lost).toEqual([]);
  runtime.send({ type: "terminal.detached", number: asked.number, reason: "ended" });
  await ann.next("terminal.detached");
  await expect.poll(() => rig.standIn.lost).toEqual([{ session_id: "s1", terminal_id: RUN }]);
});

it("replaces a view that attaches again elsewhere, which keeps keys and size", async () => {
  const rig = await start();
  const runtime = await rig.runtime("r1");
  const [before, after] = [await rig.client("ann"), await rig.client("ann")];
  await attach(before, runtime, { number: 0, session: "s1", viewer: "pane" });
  await held(before, 0, "pane");
  await attach(after, runtime, { number: 9, session: "s1", viewer: "pane" });
  expect(await before.next("terminal.detached")).toEqual({ type: "terminal.detached", number: 0, reason: "replaced" });
  expect((await held(after, 9, "pane")).viewers).toHaveLength(1);
});

it("bounds the terminals of a socket, and refuses a number that is in use", async () => {
  const rig = await startRig({ framesPerSecond: 1_000, frameBurst: 1_000 });
  const runtime = await rig.runtime("r1");
  const ann = await rig.client("ann");
  for (let number = 0; number < 32; number += 1) {
    rig.standIn.addSession(`s${number}`, "ann");
    await attach(ann, runtime, { number, session: `s${number}` });
  }
  ask(ann, { number: 5, session: "s1" });
  expect(await ann.next("error")).toMatchObject({ code: "CONFLICT", session_id: "s1" });
  ask(ann, { number: 32, session: "s1", viewer: "other" });
  expect(await ann.next("terminal.detached")).toMatchObject({ number: 32, reason: "limit" });
  ann.send({ type: "terminal.detach", number: 5 });
  await ann.next("terminal.detached");
  await attach(ann, runtime, { number: 32, session: "s1", viewer: "other" });
});

it("closes a socket whose first frame is binary", async () => {
  const rig = await start();
  const [client, runtime] = [await rig.client("ann", { hello: false }), await rig.runtime("r1", { hello: false })];
  for (const peer of [client, runtime]) {
    peer.sendBytes("credit", 0, 0);
    expect((await peer.closed).code).toBe(4400);
    expect(peer.frames).toHaveLength(1);
  }
});
