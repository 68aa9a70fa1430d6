/** The same thing twice: events that were stored already, two hellos, the same subscription again. */
import { expect, it } from "vitest";
import { numbers, readTo, startRig } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

it("events sent again after a lost ack are acknowledged and stored once", async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  const send = (from: number, to: number) =>
    runtime.send({ type: "events", session_id: "s1", stream: "a", from, events: deltas(from, to) });
  send(1, 5);
  await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === 5);
  send(1, 5);
  await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === 5);
  send(3, 8);
  await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === 8);
  const viewer = await rig.client("ann");
  viewer.send({ type: "client.subscribe", session_id: "s1" });
  expect(await readTo(viewer, { session: "s1", to: 8 })).toEqual(numbers(1, 8));
});

it("a second hello is refused and changes nothing", async () => {
  const rig = await startRig();
  const runtime = await rig.runtime("r1");
  runtime.send({ type: "runtime.hello", runtime_id: "r2", token: "secret-r2", endpoints: [] });
  expect(await runtime.next("error")).toMatchObject({ code: "CONFLICT" });
  const viewer = await rig.client("ann");
  viewer.send({ type: "client.hello", protocol: [1] });
  expect(await viewer.next("error")).toMatchObject({ code: "CONFLICT" });
  viewer.send({ type: "ping" });
  await viewer.next("pong");
});

it("the same subscription twice at once delivers from the later one only", async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  rig.standIn.append("s1", deltas(1, 6));
  const viewer = await rig.client("ann");
  viewer.send({ type: "client.subscribe", session_id: "s1", after_seq: 0 });
  viewer.send({ type: "client.subscribe", session_id: "s1", after_seq: 4 });
  await viewer.next((frame) => frame.type === "subscribed" && frame.after_seq === 4);
  expect(await readTo(viewer, { session: "s1", after: 4, to: 6 })).toEqual([5, 6]);
});
