/** Bytes that are no frames, frames that are no JSON, JSON that is no frame of ours: each is answered, none does harm. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { dial, onCleanup, type Peer, startRig } from "./test/rig.ts";

async function alive(peer: Peer): Promise<void> {
  peer.send({ type: "ping" });
  await peer.next("pong");
}

it("binary frames are refused and the socket stays", async () => {
  const rig = await startRig();
  for (const peer of [await rig.client("ann"), await rig.runtime("r1")]) {
    peer.ws.send(Buffer.concat([Buffer.of(99), randomBytes(1_000)]));
    expect(await peer.next("error")).toMatchObject({ code: "INVALID_INPUT", error: expect.stringContaining("binary frame") });
    await alive(peer);
  }
});

it("text that is not a known frame is refused with the reason and the socket stays", async () => {
  const rig = await startRig();
  const bad = ["", "nonsense", "[]", "null", "42", '{"type":"no.such"}', '{"type":"call"}', '{"type":{"$gt":1}}', `${"[".repeat(5_000)}`];
  for (const peer of [await rig.client("ann"), await rig.runtime("r1")]) {
    for (const text of bad) {
      peer.ws.send(text);
      expect(await peer.next("error")).toMatchObject({ code: "INVALID_INPUT", error: expect.any(String) });
    }
    await alive(peer);
  }
});

it("unknown fields are ignored", async () => {
  const rig = await startRig();
  const peer = await rig.client("ann");
  peer.send({ type: "ping", from_the_future: { x: 1 } });
  await peer.next("pong");
});

it("a first frame that is no hello is refused and the socket closed", async () => {
  const rig = await startRig();
  const client = await rig.client("ann", { hello: false });
  client.ws.send("nonsense");
  expect(await client.next("error")).toMatchObject({ code: "INVALID_INPUT" });
  expect((await client.closed).code).toBe(4400);
  const runtime = await rig.runtime("r1", { hello: false });
  runtime.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: [] });
  expect((await runtime.closed).code).toBe(4400);
});

it("text that is not UTF-8 is answered before ws closes the socket", async () => {
  const rig = await startRig();
  const peer = await rig.client("ann");
  peer.ws.send(Buffer.from([0xff, 0xfe, 0x80]), { binary: false });
  expect(await peer.next("error")).toMatchObject({ code: "INVALID_INPUT", error: expect.stringContaining("UTF-8") });
  expect((await peer.closed).code).toBe(1007);
});

it("random bytes instead of frames end that socket alone", async () => {
  const rig = await startRig();
  const bystander = await rig.client("ann");
  for (let round = 0; round < 20; round += 1) {
    const peer = await dial(`ws://127.0.0.1:${rig.port}/ws/runtime`);
    const raw = (peer.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
    raw.write(Buffer.concat([Buffer.from([0xf7]), randomBytes(2_000)]));
    expect((await peer.closed).code).toBe(1002);
    expect(peer.frames[0]).toMatchObject({ type: "error", code: "INVALID_INPUT" });
  }
  await alive(bystander);
});

it("a peer that vanishes in the middle of its handshake is forgotten", async () => {
  const rig = await startRig();
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(rig.port, "127.0.0.1");
    onCleanup(() => void socket.destroy());
    socket.on("error", () => undefined);
    socket.write("GET /ws/client?token=ann HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", () =>
      socket.destroy(),
    );
    await new Promise((resolve) => socket.once("close", resolve));
  }
  await rig.client("ann");
  expect(rig.gateway.socketCount()).toBe(1);
});
