/** Frames between a runtime and its holder, over a real socket: however they are cut, they arrive whole, and what is none ends the reading. */
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { until } from "../../test/test-hub.ts";
import { speakFrames } from "./holder-frames.ts";

let folder: string;
let server: Server;
let near: Socket;
let far: Socket;
let heard: unknown[];
let faults: string[];

beforeEach(async () => {
  folder = temporaryDirectory();
  heard = [];
  faults = [];
  const path = join(folder, "socket");
  const accepted = new Promise<Socket>((resolve) => {
    server = createServer(resolve);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  near = createConnection(path);
  near.setNoDelay(true);
  far = await accepted;
  speakFrames(far, {
    json: (value) => heard.push(value),
    bytes: (frame) => heard.push(Buffer.from(frame).toString()),
    broken(reason) {
      faults.push(reason);
      far.destroy();
    },
  });
});

afterEach(() => {
  near.destroy();
  far.destroy();
  server.close();
  removeDirectory(folder);
});

function frame(kind: number, body: string): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes.length + 1);
  header[4] = kind;
  return Buffer.concat([header, bytes]);
}

const THREE = Buffer.concat([frame(1, '{"text":"größer 漢"}'), frame(2, "bytes"), frame(2, "")]);
const HEARD = [{ text: "größer 漢" }, "bytes", ""];

/** Writes and waits until the other side has read so much. */
async function write(bytes: Uint8Array): Promise<void> {
  const before = far.bytesRead;
  near.write(bytes);
  await until("it is read", () => far.bytesRead === before + bytes.length);
}

test("frames that are cut at any byte arrive whole and in order", async () => {
  for (let at = 1; at < THREE.length; at += 1) {
    heard = [];
    await write(THREE.subarray(0, at));
    await write(THREE.subarray(at));
    expect(heard, `cut at ${at}`).toEqual(HEARD);
  }
});

test("frames that come byte by byte, or many at once, arrive whole and in order", async () => {
  for (const byte of THREE) await write(Buffer.of(byte));
  expect(heard).toEqual(HEARD);
  heard = [];
  await write(Buffer.concat(Array.from({ length: 500 }, () => THREE)));
  expect(heard).toEqual(Array.from({ length: 500 }, () => HEARD).flat());
});

test("what one side says the other hears", async () => {
  const back: unknown[] = [];
  const spoken = speakFrames(near, { json: (value) => back.push(value), bytes: () => undefined, broken: () => undefined });
  spoken.sendJson({ text: "漢" });
  spoken.sendBytes(Buffer.alloc(3_000_000, "x"));
  await until("both", () => heard.length === 2);
  expect(heard).toEqual([{ text: "漢" }, "x".repeat(3_000_000)]);
});

for (const [what, bytes, reason] of [
  ["a frame without a kind", Buffer.alloc(5), "a frame of 0 bytes"],
  ["a frame that is too long", Buffer.from([0xff, 0xff, 0xff, 0xff, 1]), "a frame of 4294967295 bytes"],
  ["a frame that is no JSON", frame(1, "{"), "a frame that is no JSON"],
] as const) {
  test(`${what} ends the reading: what came before counts, what comes after does not`, async () => {
    near.on("error", () => undefined);
    near.write(Buffer.concat([THREE, bytes, THREE]));
    await until("refused", () => faults.length > 0);
    await until("closed", () => near.destroyed);
    expect(faults).toEqual([reason]);
    expect(heard).toEqual(HEARD);
  });
}
