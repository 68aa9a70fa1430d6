/** Recordings on their way to the hub: each arrives once, also after failures and a crash; what the hub never takes is dropped. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createUpload } from "../hub-link/upload.ts";
import { createUploadQueue } from "../hub-link/upload-queue.ts";
import { createLog } from "../log.ts";
import type { KeptRecording } from "./recording-file.ts";
import { createRecordingSpace } from "./recording-space.ts";
import { createRecordings, type Recordings, type SentRecording } from "./recordings.ts";

let folder: string;
let server: Server;
let answers: number[];
let arrived: { path: string; token: string | undefined; body: string }[];
let uploaded: (KeptRecording & { readonly file_id: string })[];
let recordings: Recordings;
let most: number;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const status = answers.shift() ?? 201;
  if (status < 300) arrived.push({ path: request.url ?? "", token: request.headers.authorization, body: Buffer.concat(pieces).toString() });
  response.writeHead(status).end(JSON.stringify({ file_id: "in-the-hub" }));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-recordings-"));
  answers = [];
  most = 1_000_000_000;
  arrived = [];
  uploaded = [];
  server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  recordings = create();
});
afterEach(async () => {
  await recordings.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function create(): Recordings {
  const { port } = server.address() as AddressInfo;
  const space = createRecordingSpace(folder, () => most);
  const uploads = createUploadQueue<SentRecording>({
    upload: createUpload({ url: `http://127.0.0.1:${port}`, token: "secret", door: "recordings" }),
    onSettled(recording, result) {
      if ("file_id" in result) uploaded.push({ ...recording, ...result });
      space.remove(recording.file);
    },
    log: createLog("error"),
  });
  return createRecordings({ space, uploads });
}

const files = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".cast"));

const TERMINAL = { session_id: "s1", terminal_id: "t:1", command: ["bash"], size: { cols: 80, rows: 24 } };

function record(text: string): void {
  const recording = recordings.begin(TERMINAL, (reason) => expect.unreachable(reason));
  recording.output(Buffer.from(text));
  recording.end();
}

it("gives a recording to the hub, tells of it, and keeps nothing", async () => {
  record("hello");
  await vi.waitFor(() => expect(uploaded).toHaveLength(1));
  const [{ name = "", size = 0, file_id = "" } = {}] = uploaded;
  expect(file_id).toBe("in-the-hub");
  expect(arrived).toMatchObject([{ path: `/api/runtime/sessions/s1/recordings?name=${name}`, token: "Bearer secret" }]);
  expect(arrived[0]?.body).toContain("hello");
  expect(arrived[0]?.body).toHaveLength(size);
  await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]));
});

it("tries again under the same name until the hub takes it", async () => {
  answers = [503, 201];
  record("once");
  await vi.waitFor(() => expect(uploaded).toHaveLength(1), 5_000);
  expect(arrived).toHaveLength(1);
});

it("lets the others go first when the hub does not take one", async () => {
  answers = [503];
  record("stubborn");
  await vi.waitFor(() => expect(answers).toEqual([]));
  record("next");
  await vi.waitFor(() => expect(arrived.map(({ body }) => /stubborn|next/.exec(body)?.[0])).toEqual(["next", "stubborn"]), 5_000);
  await vi.waitFor(() => expect(files()).toEqual([]));
});

it("drops what the hub will never take", async () => {
  answers = [404];
  record("unwanted");
  await vi.waitFor(() => expect(files()).toEqual([]));
  expect(uploaded).toEqual([]);
});

it("keeps what it could not upload for the next start, which also finds what a crash cut off", async () => {
  answers = [503];
  record("kept");
  await vi.waitFor(() => expect(answers).toEqual([]));
  await recordings.stop();
  expect(files()).toHaveLength(1);
  mkdirSync(join(folder, "s2", "t2"), { recursive: true });
  writeFileSync(join(folder, "s2", "t2", "f2.cast"), '{"version":2}\n[0.5,"o","a"]\n[2.25,"o","b"]\n[3.5,"o","cut');
  recordings = create();
  await recordings.recover();
  await vi.waitFor(() => expect(uploaded).toHaveLength(2));
  expect(uploaded.find(({ session_id }) => session_id === "s2")).toMatchObject({ terminal_id: "t2", name: "f2.cast", duration_ms: 2_250 });
  const body = arrived.find(({ path }) => path.includes("f2.cast"))?.body ?? "";
  expect(
    body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([{ version: 2 }, [0.5, "o", "a"], [2.25, "o", "b"]]);
  await vi.waitFor(() => expect(files()).toEqual([]));
});

it("begins none while those that the hub does not take fill their room, loses none of them, and begins again when the hub has them", async () => {
  most = 8_192;
  answers = [503, 503];
  record("first");
  record("second");
  await vi.waitFor(() => expect(answers).toEqual([]));
  const faults: string[] = [];
  const refused = recordings.begin(TERMINAL, (reason) => faults.push(reason));
  refused.output(Buffer.from("third"));
  await vi.waitFor(() => expect(faults).toHaveLength(1));
  refused.end();
  await vi.waitFor(() => expect(arrived).toHaveLength(2), 5_000);
  await vi.waitFor(() => expect(files()).toEqual([]));
  record("fourth");
  await vi.waitFor(() =>
    expect(arrived.map(({ body }) => /first|second|third|fourth/.exec(body)?.[0])).toEqual(["first", "second", "fourth"]),
  );
});

it("takes no recording that is under way for one that was left", async () => {
  const terminal = { session_id: "s1", terminal_id: "t:1", command: ["bash"], size: { cols: 80, rows: 24 } };
  const recording = recordings.begin(terminal, (reason) => expect.unreachable(reason));
  recording.output(Buffer.from("first"));
  await vi.waitFor(() => expect(files()).toHaveLength(1));
  await recordings.recover();
  recording.output(Buffer.from("second"));
  recording.end();
  await vi.waitFor(() => expect(uploaded).toHaveLength(1));
  expect(arrived).toHaveLength(1);
  expect(arrived[0]?.body).toContain("second");
});
