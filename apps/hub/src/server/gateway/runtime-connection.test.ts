/** What a runtime may say and what it hears: hello, events with their acks, commands with theirs. */
import { describe, expect, it } from "vitest";
import { startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

describe("events", () => {
  it("are stored, acknowledged cumulatively and shown to viewers", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    const viewer = await rig.client("ann");
    viewer.send({ type: "client.subscribe", session_id: "s1" });
    await viewer.next("subscribed");
    const runtime = await rig.runtime("r1");
    runtime.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: deltas(1, 2) });
    expect(await runtime.next("events.ack")).toEqual({ type: "events.ack", session_id: "s1", stream: "a", ordinal: 2 });
    expect(await viewer.next("range")).toMatchObject({ from: 1, to: 2 });
  });

  it("that arrive while a batch is stored form the next batch", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    let release: () => void = () => undefined;
    rig.standIn.beforeIngest = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const runtime = await rig.runtime("r1");
    for (let ordinal = 1; ordinal <= 40; ordinal += 1) {
      runtime.send({ type: "events", session_id: "s1", stream: "a", from: ordinal, events: deltas(ordinal, ordinal) });
    }
    runtime.send({ type: "ping" });
    await runtime.next("pong");
    rig.standIn.beforeIngest = () => Promise.resolve();
    release();
    await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === 40);
    expect(rig.standIn.calls.get("ingest")).toBe(2);
    expect(rig.standIn.sessions.get("s1")?.texts.length).toBe(40);
  });

  it("of a runtime that outruns the log are not read until it has caught up", async () => {
    const rig = await startRig({ ingestPauseBytes: 100_000, ingestResumeBytes: 20_000 });
    rig.standIn.addSession("s1", "ann");
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.standIn.beforeIngest = () => held;
    const runtime = await rig.runtime("r1");
    const fill = "x".repeat(50_000);
    for (let ordinal = 1; ordinal <= 400; ordinal += 1) {
      runtime.send({ type: "events", session_id: "s1", stream: "a", from: ordinal, events: deltas(ordinal, ordinal, fill) });
    }
    // 20 MB do not fit into the buffers of both kernels, so the sender is left with a rest.
    await until(() => rig.standIn.calls.get("ingest") === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(runtime.ws.bufferedAmount).toBeGreaterThan(1_000_000);
    release();
    await runtime.next((frame) => frame.type === "events.ack" && frame.ordinal === 400);
    expect(runtime.ws.bufferedAmount).toBe(0);
    expect(rig.standIn.sessions.get("s1")?.texts.length).toBe(400);
  });
});

describe("commands", () => {
  const cancel = (id: string) => ({ id, kind: "turn.cancel" as const, session_id: "s1", turn_id: "t1" });

  it("are sent on connecting and when they come, in order and once", async () => {
    const rig = await startRig();
    for (let index = 1; index <= 120; index += 1) rig.standIn.command("r1", cancel(`c${index}`));
    const runtime = await rig.runtime("r1");
    rig.standIn.command("r1", cancel("c121"));
    const ids: string[] = [];
    while (ids.length < 121) ids.push(((await runtime.next("command")).command as { id: string }).id);
    expect(ids).toEqual(Array.from({ length: 121 }, (_, index) => `c${index + 1}`));
    runtime.send({ type: "command.ack", id: "c1", state: "delivered" });
    runtime.send({ type: "command.ack", id: "c1", state: "applied" });
    await until(() => rig.standIn.acknowledged.length === 2);
    expect(rig.standIn.acknowledged.map(({ state }) => state)).toEqual(["delivered", "applied"]);
    expect(runtime.frames).toEqual([]);
  });

  it("are found without a hint", async () => {
    const rig = await startRig({ recheckMs: 20, tickMs: 10 });
    const runtime = await rig.runtime("r1");
    rig.standIn.command("r1", cancel("c1"), true);
    expect(await runtime.next("command")).toMatchObject({ command: { id: "c1" } });
  });
});

describe("connection", () => {
  it("takes the token of the header, answers pings, and is reported when it ends", async () => {
    const rig = await startRig({ tickMs: 10 });
    const runtime = await rig.runtime("r1", { header: true });
    runtime.send({ type: "ping" });
    expect(await runtime.next("pong")).toEqual({ type: "pong" });
    await until(() => (rig.standIn.calls.get("heard") ?? 0) > 0);
    runtime.ws.close();
    await until(() => rig.standIn.disconnected.length === 1);
    expect(rig.standIn.disconnected).toEqual([{ runtime_id: "r1", epoch: 1 }]);
  });

  it("says where each stream stands", async () => {
    const rig = await startRig();
    rig.standIn.addSession("s1", "ann");
    const first = await rig.runtime("r1");
    first.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: deltas(1, 7) });
    await first.next("events.ack");
    const again = await rig.runtime("r1", { hello: false });
    const sessions = [
      { session_id: "s1", stream: "a", next_ordinal: 12 },
      { session_id: "unknown", stream: "b", next_ordinal: 2 },
    ];
    again.send({ type: "runtime.hello", runtime_id: "r1", token: "secret-r1", endpoints: [], sessions });
    expect(await again.next("hello.ack")).toMatchObject({ ok: true, sessions: [{ session_id: "s1", stream: "a", acked_ordinal: 7 }] });
  });

  it("is told that the hub shuts down", async () => {
    const rig = await startRig();
    const runtime = await rig.runtime("r1");
    const viewer = await rig.client("ann");
    await rig.gateway.close();
    expect((await runtime.closed).code).toBe(1001);
    expect((await viewer.closed).code).toBe(1001);
    expect(rig.standIn.disconnected.length).toBe(1);
    await expect(rig.client("ann")).rejects.toMatchObject({ status: 503, body: { code: "UNAVAILABLE" } });
  });
});
