/** Frames larger than the limit are answered by an `error` frame before the socket is closed, however large they are. */
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { onCleanup, startRig } from "./test/rig.ts";

const text = (bytes: number) => JSON.stringify({ type: "call", id: "big", operation: "me.get", input: { fill: "x".repeat(bytes) } });

describe("a client frame", () => {
  it("a little over the limit is refused by its id", async () => {
    const rig = await startRig();
    const client = await rig.client("ann");
    client.ws.send(text(300_000));
    expect(await client.next("error")).toMatchObject({ code: "TOO_LARGE", id: "big" });
    expect((await client.closed).code).toBe(1009);
  });

  it("at the limit is served", async () => {
    const rig = await startRig();
    const client = await rig.client("ann");
    client.ws.send(text(262_144 - text(0).length));
    expect(await client.next("result")).toMatchObject({ id: "big" });
  });

  it("far over the limit is refused at its header, before its bytes are held", async () => {
    const rig = await startRig();
    const client = await rig.client("ann");
    client.ws.send(text(50_000_000));
    expect(await client.next("error")).toMatchObject({ code: "TOO_LARGE" });
    expect((await client.closed).code).toBe(1009);
  });

  it("in many fragments is refused too", async () => {
    const rig = await startRig({ maxClientFrameBytes: 1_000 });
    const client = await rig.client("ann");
    for (let index = 0; index < 50; index += 1) client.ws.send("x".repeat(500), { fin: false });
    expect(await client.next("error")).toMatchObject({ code: "TOO_LARGE" });
    expect((await client.closed).code).toBe(1009);
  });
});

it("a message in very many pieces is refused before they fill the memory", async () => {
  const rig = await startRig();
  const client = await rig.client("ann");
  for (let index = 0; index < 20_000; index += 1) client.ws.send("x", { fin: false });
  expect(await client.next("error")).toMatchObject({ code: "TOO_LARGE" });
  expect((await client.closed).code).toBe(1008);
});

describe("a runtime frame", () => {
  it("over the limit is refused and the hub goes on", async () => {
    const rig = await startRig();
    const runtime = await rig.runtime("r1");
    runtime.ws.send(JSON.stringify({ type: "events", session_id: "s1", fill: "x".repeat(1_100_000) }));
    expect(await runtime.next("error")).toMatchObject({ code: "TOO_LARGE", session_id: "s1" });
    expect((await runtime.closed).code).toBe(1009);
    await rig.runtime("r1");
  });
});

it("a frame that claims to be endless is refused at its header", async () => {
  const rig = await startRig();
  const socket = connect(rig.port, "127.0.0.1");
  onCleanup(() => void socket.destroy());
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET /ws/runtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk));
  // FIN + text, masked, 64-bit length of 2^40 bytes.
  socket.write(Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(Buffer.concat(got).toString("latin1")).toContain('"code":"TOO_LARGE"');
});
