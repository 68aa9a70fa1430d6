/** The holder by itself: who may speak with it, and when it ends. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { until } from "../../test/test-hub.ts";
import { createLog } from "../log.ts";
import { type Holder, startHolder } from "./holder.ts";
import { type FrameSocket, speakFrames } from "./holder-frames.ts";
import { dialHolder } from "./holder-line.ts";
import { type FromHolder, fromHolderSchema, type ToHolder } from "./holder-messages.ts";
import { holderSocket, secureSocketFolder } from "./holder-socket.ts";

let dataDir: string;
let socket: string;
let holder: Holder;
let done: number;
const sockets = new Set<Socket>();

beforeEach(() => {
  dataDir = temporaryDirectory();
  socket = holderSocket(dataDir);
  done = 0;
});

afterEach(async () => {
  await holder.stop();
  for (const one of sockets) one.destroy();
  sockets.clear();
  removeDirectory(dataDir);
});

async function start(limits: { empty?: number; alone?: number } = {}): Promise<void> {
  const onDone = () => {
    done += 1;
  };
  holder = await startHolder({ socket, data_dir: dataDir, log: createLog("silent"), onDone, ...limits });
}

interface Line {
  readonly socket: Socket;
  readonly frames: FrameSocket;
  readonly heard: FromHolder[];
}

async function connect(): Promise<Line> {
  const connection = createConnection(socket);
  sockets.add(connection);
  connection.on("error", () => undefined);
  const heard: FromHolder[] = [];
  const frames = speakFrames(connection, {
    json: (value) => heard.push(fromHolderSchema.parse(value)),
    bytes: () => undefined,
    broken: () => connection.destroy(),
  });
  await until("the list", () => heard[0]?.type === "list");
  return { socket: connection, frames, heard };
}

function open(line: Line, command: string, args: string[], record = false): void {
  const setup = {
    command,
    args,
    work_dir: dataDir,
    env: {},
    ring: 65_536,
    scrollback: 100,
    record,
    keep: "holder" as const,
  };
  const order: ToHolder = {
    type: "open",
    session_id: "s",
    endpoint_id: "shell",
    terminal_id: "t",
    size: { cols: 80, rows: 24 },
    setup,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stop_grace: 100,
  };
  line.frames.sendJson(order);
}

test("nobody else gets at its socket", async () => {
  await start();
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  const loose = temporaryDirectory();
  mkdirSync(`${loose}/open`, { mode: 0o755 });
  expect(() => secureSocketFolder(`${loose}/open/socket`)).toThrow("open to others");
  removeDirectory(loose);
});

test("what lies in the place of its socket is replaced, and is taken for no holder by a runtime", async () => {
  secureSocketFolder(socket);
  writeFileSync(socket, "a stranger's file");
  const listener = { take: () => undefined, takeBytes: () => undefined, closed: () => undefined };
  expect(await dialHolder({ path: socket, log: createLog("silent") }, listener)).toBeUndefined();
  await start();
  expect(lstatSync(socket).isSocket()).toBe(true);
  expect((await connect()).heard).toMatchObject([{ type: "list", terminals: [] }]);
  const line = await dialHolder({ path: socket, log: createLog("silent") }, listener);
  expect(line).toMatchObject({ pid: process.pid, terminals: [] });
  // Whoever can write into the folder could put a socket of their own there.
  chmodSync(dirname(socket), 0o777);
  await expect(dialHolder({ path: socket, log: createLog("silent") }, listener)).rejects.toThrow("open to others");
  chmodSync(dirname(socket), 0o700);
  await line?.leave();
  expect(done).toBe(1);
});

test("a stranger who accepts and says nothing, or nonsense, is no holder", async () => {
  await start();
  const path = `${socket}-other`;
  const stranger = createServer((one) => {
    one.on("error", () => undefined);
    one.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  await new Promise<void>((resolve) => stranger.listen(path, resolve));
  const listener = { take: () => undefined, takeBytes: () => undefined, closed: () => undefined };
  expect(await dialHolder({ path: path, log: createLog("silent") }, listener)).toBeUndefined();
  stranger.close();
});

test("a socket's path is never too long", () => {
  const long = `/var/lib/${"x".repeat(200)}`;
  expect(Buffer.byteLength(holderSocket(long))).toBeLessThanOrEqual(103);
  expect(holderSocket(long)).not.toBe(holderSocket(`${long}y`));
  expect(holderSocket("/var/lib/fairlead")).toBe("/var/lib/fairlead/holder/socket");
});

test("a newer connection takes the place of an older one, which hears no more", async () => {
  await start();
  const first = await connect();
  const second = await connect();
  await until("the first is closed", () => first.socket.destroyed);
  open(second, "sh", ["-c", "exit 3"]);
  await until("ended", () => second.heard.some(({ type }) => type === "ended"));
  expect(second.heard.find(({ type }) => type === "ended")).toMatchObject({ terminal_id: "t", end: { reason: "exit", exit: { code: 3 } } });
  expect(first.heard).toHaveLength(1);
});

test("an end is kept until a runtime says that it knows it", async () => {
  await start();
  const first = await connect();
  open(first, "sh", ["-c", "exit 3"]);
  await until("ended", () => first.heard.some(({ type }) => type === "ended"));
  const second = await connect();
  expect(second.heard[0]).toMatchObject({ terminals: [{ terminal_id: "t", end: { reason: "exit", exit: { code: 3 } } }] });
  second.frames.sendJson({ type: "forget", terminal_id: "t" });
  // Told in order: the answer comes after the holder forgot.
  second.frames.sendJson({ type: "request", id: "r", request: { kind: "terminal.screen", session_id: "s", history: 0 } });
  await until("answered", () => second.heard.some(({ type }) => type === "response"));
  expect((await connect()).heard[0]).toMatchObject({ terminals: [] });
});

test("a program that cannot start fails, and nonsense ends the connection alone", async () => {
  await start();
  const line = await connect();
  line.frames.sendJson({ type: "no such thing" });
  line.frames.sendBytes(new Uint8Array(3));
  open(line, "/nowhere/at/all", []);
  await until("it is over", () => line.heard.some(({ type }) => type === "failed" || type === "ended"));
  line.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]));
  await until("closed", () => line.socket.destroyed);
  expect((await connect()).heard).toHaveLength(1);
});

test("it ends when it holds nothing and no runtime came, or the runtime leaves", async () => {
  await start({ empty: 50 });
  await until("done", () => done === 1);
  expect(existsSync(socket)).toBe(false);
  await start({ empty: 60_000 });
  const line = await connect();
  line.frames.sendJson({ type: "leave" });
  await until("done again", () => done === 2);
});

test("at its end its record goes, and the socket of one that came after it stays", async () => {
  await start();
  const record = join(dataDir, "holder", "process-groups.json");
  expect(existsSync(record)).toBe(true);
  const first = holder;
  await start();
  const later = readFileSync(record, "utf8");
  await first.stop();
  expect(readFileSync(record, "utf8")).toBe(later);
  expect((await connect()).heard).toMatchObject([{ type: "list" }]);
  await holder.stop();
  expect(existsSync(record)).toBe(false);
  expect(existsSync(socket)).toBe(false);
});

test("it ends its terminals when no runtime came for very long", async () => {
  await start({ empty: 20, alone: 300 });
  const line = await connect();
  open(line, "sh", ["-c", "trap '' HUP; sleep 1000"]);
  await until("opened", () => line.heard.some(({ type }) => type === "opened"));
  line.socket.destroy();
  await until("done", () => done === 1);
});

test("a recording that cannot begin is told, and takes nothing else with it", async () => {
  writeFileSync(join(dataDir, "recordings"), "a file where a folder should be");
  await start();
  const line = await connect();
  open(line, "sleep", ["1000"]);
  await until("opened", () => line.heard.some(({ type }) => type === "opened"));
  line.frames.sendJson({ type: "record", terminal_id: "t", on: true });
  await until("told", () => line.heard.some(({ type }) => type === "recording.failed"));
  expect((await connect()).heard[0]).toMatchObject({
    terminals: [{ terminal_id: "t", recording_fault: expect.stringContaining("cannot") }],
  });
});

test("one that is recorded from its beginning has its first output in the recording", async () => {
  await start();
  const line = await connect();
  open(line, "sh", ["-c", "echo first"], true);
  await until("recorded", () => line.heard.some(({ type }) => type === "recorded"));
  const [told] = line.heard.filter((message) => message.type === "recorded");
  expect(readFileSync(told?.recording.file ?? "", "utf8")).toContain("first");
});
