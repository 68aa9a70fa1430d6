/** What a client may say and what it hears: hello, subscriptions, calls, limits. */
import { describe, expect, it } from "vitest";
import { numbers, readTo, startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

describe("hello", () => {
  it("names user, limits and time", async () => {
    const rig = await startRig();
    const peer = await rig.client("ann", { hello: false });
    peer.send({ type: "client.hello", protocol: [1, 7] });
    const ack = await peer.next("hello.ack");
    expect(ack).toMatchObject({ protocol: 1, user: { username: "ann" }, max_frame_bytes: 262_144 });
    expect(ack.now).toBeTypeOf("number");
  });

  it("is required first", async () => {
    const rig = await startRig();
    const peer = await rig.client("ann", { hello: false });
    peer.send({ type: "ping" });
    expect(await peer.next("error")).toMatchObject({ code: "INVALID_INPUT" });
    expect((await peer.closed).code).toBe(4400);
  });

  it("is awaited only so long", async () => {
    const rig = await startRig({ helloDeadlineMs: 30 });
    const peer = await rig.client("ann", { hello: false });
    expect((await peer.closed).code).toBe(4408);
  });

  it("is refused without a common version", async () => {
    const rig = await startRig();
    const peer = await rig.client("ann", { hello: false });
    peer.send({ type: "client.hello", protocol: [99] });
    expect(await peer.next("error")).toMatchObject({ code: "UNSUPPORTED" });
    expect((await peer.closed).code).toBe(4426);
  });

  it("may be followed by frames at once, without waiting for its answer", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    rig.standIn.append("s1", deltas(1, 3));
    const peer = await rig.client("ann", { hello: false });
    peer.send({ type: "client.hello", protocol: [1] });
    peer.send({ type: "client.subscribe", session_id: "s1" });
    expect(await peer.next("subscribed")).toMatchObject({ session_id: "s1", after_seq: 0, head: 3 });
    expect(await readTo(peer, { session: "s1", to: 3 })).toEqual([1, 2, 3]);
  });
});

describe("subscription", () => {
  it("delivers the log after a position and then what is committed", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    rig.standIn.append("s1", deltas(1, 1_200));
    const peer = await rig.client("ann");
    peer.send({ type: "client.subscribe", session_id: "s1", after_seq: 700 });
    await peer.next("subscribed");
    expect(await readTo(peer, { session: "s1", after: 700, to: 1_200 })).toEqual(numbers(701, 1_200));
    rig.standIn.append("s1", deltas(1_201, 1_203));
    expect(await readTo(peer, { session: "s1", after: 1_200, to: 1_203 })).toEqual(numbers(1_201, 1_203));
  });

  it("joins commits that come while it sends, and sends the first at once", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    const peer = await rig.client("ann");
    peer.send({ type: "client.subscribe", session_id: "s1" });
    await peer.next("subscribed");
    for (let seq = 1; seq <= 50; seq += 1) rig.standIn.append("s1", deltas(seq, seq));
    const first = await peer.next("range");
    expect(first).toMatchObject({ from: 1, to: 1 });
    const second = await peer.next("range");
    expect(second).toMatchObject({ from: 2, to: 50, head: 50 });
  });

  it("finds by itself what a lost hint did not say", async () => {
    const rig = await startRig({ recheckMs: 20 });
    rig.standIn.addSession("s1", "ann");
    const peer = await rig.client("ann");
    peer.send({ type: "client.subscribe", session_id: "s1" });
    await peer.next("subscribed");
    rig.standIn.append("s1", deltas(1, 4), true);
    expect(await readTo(peer, { session: "s1", to: 4 })).toEqual([1, 2, 3, 4]);
    // A hint after a lost one shows the gap at once.
    rig.standIn.append("s1", deltas(5, 6), true);
    rig.standIn.append("s1", deltas(7, 7));
    expect(await readTo(peer, { session: "s1", after: 4, to: 7 })).toEqual([5, 6, 7]);
  });

  it("serves those who come back from memory", async () => {
    const rig = await startRig({ recheckMs: 60_000 });
    rig.standIn.addSession("s1", "ann");
    const first = await rig.client("ann");
    first.send({ type: "client.subscribe", session_id: "s1" });
    await first.next("subscribed");
    rig.standIn.append("s1", deltas(1, 40));
    await readTo(first, { session: "s1", to: 40 });
    first.ws.close();
    await first.closed;
    rig.standIn.append("s1", deltas(41, 60));
    const again = await rig.client("ann");
    again.send({ type: "client.subscribe", session_id: "s1", after_seq: 40 });
    expect(await readTo(again, { session: "s1", after: 40, to: 60 })).toEqual(numbers(41, 60));
    expect(rig.standIn.calls.get("page")).toBeUndefined();
  });

  it("ends when asked, and can be moved", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    rig.standIn.append("s1", deltas(1, 5));
    const peer = await rig.client("ann");
    peer.send({ type: "client.subscribe", session_id: "s1" });
    await readTo(peer, { session: "s1", to: 5 });
    peer.send({ type: "client.subscribe", session_id: "s1", after_seq: 2 });
    expect(await readTo(peer, { session: "s1", after: 2, to: 5 })).toEqual([3, 4, 5]);
    peer.send({ type: "client.unsubscribe", session_id: "s1" });
    peer.send({ type: "ping" });
    await peer.next("pong");
    rig.standIn.append("s1", deltas(6, 6));
    peer.send({ type: "ping" });
    await peer.next("pong");
    expect(peer.frames.filter((frame) => frame.type === "range")).toEqual([]);
  });

  it("is bounded in number", async () => {
    const rig = await startRig({ maxSubscriptions: 2 });
    for (const id of ["s1", "s2", "s3"]) rig.standIn.addSession(id, "ann");
    const peer = await rig.client("ann");
    for (const id of ["s1", "s2", "s3"]) peer.send({ type: "client.subscribe", session_id: id });
    expect(await peer.next("error")).toMatchObject({ code: "LIMIT_EXCEEDED", session_id: "s3" });
  });
});

describe("calls", () => {
  it("answer with the same id, errors too", async () => {
    const rig = await startRig();
    const peer = await rig.client("ann");
    peer.send({ type: "call", id: "c1", operation: "endpoints.list", input: {} });
    expect(await peer.next("result")).toMatchObject({ id: "c1", output: { done: "endpoints.list" } });
    peer.send({ type: "call", id: "c2", operation: "no.such", input: {} });
    expect(await peer.next("error")).toMatchObject({ id: "c2", code: "NOT_FOUND" });
  });

  it("of one session keep their order while others overtake", async () => {
    const rig = await startRig();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.standIn.beforeExecute = async (_operation, input) => {
      if ((input as { content?: string }).content === "first") await held;
    };
    const peer = await rig.client("ann");
    const send = (id: string, session_id: string, content: string) =>
      peer.send({ type: "call", id, operation: "messages.send", input: { session_id, content } });
    send("c1", "s1", "first");
    send("c2", "s1", "second");
    send("c3", "s2", "elsewhere");
    expect(await peer.next("result")).toMatchObject({ id: "c3" });
    release();
    expect(await peer.next("result")).toMatchObject({ id: "c1" });
    expect(await peer.next("result")).toMatchObject({ id: "c2" });
  });

  it("beyond the rate are refused by id, none is dropped silently", async () => {
    const rig = await startRig({ frameBurst: 10, framesPerSecond: 1, recheckMs: 60_000 });
    const peer = await rig.client("ann");
    for (let index = 0; index < 30; index += 1) peer.send({ type: "call", id: `c${index}`, operation: "me.get", input: {} });
    await until(() => peer.frames.length === 30);
    const refused = peer.frames.filter((frame) => frame.type === "error");
    expect(refused.length).toBeGreaterThanOrEqual(20);
    expect(new Set(refused.map((frame) => frame.code))).toEqual(new Set(["LIMIT_EXCEEDED"]));
    expect(new Set(peer.frames.map((frame) => frame.id)).size).toBe(30);
  });
});

describe("hints", () => {
  it("come at once and then joined", async () => {
    const rig = await startRig({ hintGapMs: 40 });
    const peer = await rig.client("ann");
    for (const id of ["s1", "s2", "s3"]) rig.standIn.bus.publish("user.ann", { topic: "sessions", id });
    rig.standIn.bus.publish("user.bob", { topic: "sessions", id: "hers" });
    expect(await peer.next("hint")).toEqual({ type: "hint", topic: "sessions", id: "s1" });
    expect(await peer.next("hint")).toEqual({ type: "hint", topic: "sessions" });
    rig.standIn.bus.publish("endpoints", { runtime_id: "r1" });
    expect(await peer.next("hint")).toEqual({ type: "hint", topic: "endpoints" });
  });
});
