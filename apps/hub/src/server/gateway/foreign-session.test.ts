/** Someone else's session: for a client as if it did not exist, for a runtime a refusal that leaves its own sessions alone. */
import { expect, it } from "vitest";
import { readTo, startRig } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

it("a client cannot tell another's session from one that does not exist", async () => {
  const rig = await startRig();
  rig.standIn.addSession("hers", "bob");
  const peer = await rig.client("ann");
  const answers = [];
  for (const session_id of ["hers", "nobodys"]) {
    peer.send({ type: "client.subscribe", session_id });
    const { session_id: about, ...answer } = await peer.next("error");
    expect(about).toBe(session_id);
    answers.push(answer);
  }
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toMatchObject({ code: "NOT_FOUND" });
  rig.standIn.append("hers", deltas(1, 3));
  peer.send({ type: "ping" });
  await peer.next("pong");
  expect(peer.frames).toEqual([]);
});

it("an admin may watch", async () => {
  const rig = await startRig();
  rig.standIn.addSession("hers", "bob");
  rig.standIn.append("hers", deltas(1, 3));
  const peer = await rig.client("admin");
  peer.send({ type: "client.subscribe", session_id: "hers" });
  expect(await readTo(peer, { session: "hers", to: 3 })).toEqual([1, 2, 3]);
});

it("a runtime that writes to another's session is refused for that session only, once", async () => {
  const rig = await startRig();
  rig.standIn.addSession("mine", "ann", "r1");
  rig.standIn.addSession("theirs", "ann", "r2");
  const runtime = await rig.runtime("r1");
  const send = (session_id: string, from: number) =>
    runtime.send({ type: "events", session_id, stream: "a", from, events: deltas(from, from) });
  send("theirs", 1);
  expect(await runtime.next("error")).toMatchObject({ code: "FORBIDDEN", session_id: "theirs" });
  send("unknown", 1);
  expect(await runtime.next("error")).toMatchObject({ code: "NOT_FOUND", session_id: "unknown" });
  send("theirs", 2);
  send("mine", 1);
  expect(await runtime.next("events.ack")).toMatchObject({ session_id: "mine", ordinal: 1 });
  expect(runtime.frames).toEqual([]);
  expect(rig.standIn.sessions.get("theirs")?.texts).toEqual([]);
});

it("events that cannot be read cost their session alone", async () => {
  const rig = await startRig();
  rig.standIn.addSession("good", "ann");
  rig.standIn.addSession("bad", "ann");
  const runtime = await rig.runtime("r1");
  runtime.send({ type: "events", session_id: "bad", stream: "a", from: 1, events: [{ type: "no.such" }] });
  expect(await runtime.next("error")).toMatchObject({ code: "INVALID_INPUT", session_id: "bad" });
  runtime.send({ type: "events", session_id: "bad", stream: "a", from: 2, events: deltas(2, 2) });
  runtime.send({ type: "events", session_id: "good", stream: "a", from: 1, events: deltas(1, 1) });
  expect(await runtime.next("events.ack")).toMatchObject({ session_id: "good" });
});

it("a frame of a later version about a session does not cost the session", async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  runtime.send({ type: "from.the.future", session_id: "s1" });
  expect(await runtime.next("error")).toMatchObject({ code: "INVALID_INPUT", session_id: "s1" });
  runtime.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: deltas(1, 1) });
  expect(await runtime.next("events.ack")).toMatchObject({ session_id: "s1", ordinal: 1 });
});

it("a session that is removed ends its subscription", async () => {
  const rig = await startRig({ recheckMs: 15 });
  rig.standIn.addSession("s1", "ann");
  const peer = await rig.client("ann");
  peer.send({ type: "client.subscribe", session_id: "s1" });
  await peer.next("subscribed");
  rig.standIn.append("s1", deltas(1, 3), true);
  Object.assign(rig.standIn.services.events, { heads: (ids: string[]) => Promise.resolve(new Map(ids.map((id) => [id, 3]))) });
  rig.standIn.sessions.delete("s1");
  expect(await peer.next("error")).toMatchObject({ code: "NOT_FOUND", session_id: "s1" });
  expect(peer.ws.readyState).toBe(peer.ws.OPEN);
});
