/** Files of agents on their way to a hub: kept before they are told, given once, bounded, and never lost without a word. */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileProduced } from "@fairlead/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FileMade } from "../adapters/contract.ts";
import { createUpload } from "../hub-link/upload.ts";
import { createLog } from "../log.ts";
import { createMadeFiles, type FileOutcome, type MadeFiles } from "./made-files.ts";
import { createTurnFiles } from "./turn-files.ts";

interface Answer {
  readonly status: number;
  readonly code?: string;
}

let root: string;
let work: string;
let server: Server;
/** What the next requests are answered; then 201. */
let answers: Answer[];
let arrived: { readonly path: string; readonly type: string | undefined; readonly body: string }[];
let outcomes: (FileOutcome & { readonly session_id: string })[];
/** What the log is told by a runtime that comes after a killed one, and the hashes that it is seen to know. */
let recovered: FileProduced[];
let inLog: string[];
let files: MadeFiles;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { status, code } = answers.shift() ?? { status: 201 };
  const body = Buffer.concat(pieces).toString();
  if (status < 300) arrived.push({ path: request.url ?? "", type: request.headers["content-type"], body });
  response.writeHead(status).end(JSON.stringify(status < 300 ? { file_id: `f${arrived.length}` } : { error: "no", code }));
}

function create(): MadeFiles {
  const { port } = server.address() as AddressInfo;
  const made = createMadeFiles({
    folder: join(root, "files"),
    upload: createUpload({ url: `http://127.0.0.1:${port}`, token: "secret", door: "files" }),
    tell: (session_id, event) => void (event.type === "file.produced" ? recovered.push(event) : outcomes.push({ session_id, ...event })),
    isTold: (_, hash) => inLog.includes(hash),
    log: createLog("fatal"),
  });
  made.connected(20_000_000);
  return made;
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "fairlead-files-"));
  work = join(root, "work");
  mkdirSync(work);
  answers = [];
  arrived = [];
  outcomes = [];
  recovered = [];
  inLog = [];
  server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  files = create();
});
afterEach(async () => {
  await files.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const kept = () => readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => /^files\/.+\/.+/.test(path));
const textFile = (text: string, more: Partial<FileMade> = {}): FileMade => ({
  type: "file.made",
  name: "a.txt",
  mime_type: "text/plain",
  source: { base64: Buffer.from(text).toString("base64") },
  ...more,
});
const inWork = (path: string): FileMade => ({ type: "file.made", mime_type: "text/plain", source: { folder: work, path } });

it("gives a file to the hub with its hash, tells where it lies, and keeps nothing", async () => {
  const told = await files.take("s/1", textFile("hello", { tool_call_id: "c1", name: "../x/späße\n.txt" }));
  const shown = { name: "späße .txt", path: "späße .txt", mime_type: "text/plain", size: 5, sha256: sha256("hello") };
  expect(told).toEqual({ type: "file.produced", ...shown, tool_call_id: "c1" });
  await vi.waitFor(() => expect(outcomes).toEqual([{ session_id: "s/1", type: "file.stored", sha256: sha256("hello"), file_id: "f1" }]));
  expect(arrived).toMatchObject([{ type: "text/plain", body: "hello" }]);
  const { pathname, searchParams } = new URL(arrived[0]?.path ?? "", "http://hub");
  expect([pathname, searchParams.get("name"), searchParams.get("sha256")]).toEqual([
    "/api/runtime/sessions/s%2F1/files",
    "späße .txt",
    sha256("hello"),
  ]);
  await vi.waitFor(() => expect(kept()).toEqual([]));
});

it("takes a file of the working directory, and none from outside, whatever leads there", async () => {
  mkdirSync(join(work, "sub"));
  writeFileSync(join(work, "sub", "report.md"), "report");
  writeFileSync(join(root, "secret"), "secret");
  symlinkSync(join(root, "secret"), join(work, "link"));
  symlinkSync(root, join(work, "up"));
  expect(await files.take("s", inWork("sub/report.md"))).toMatchObject({
    name: "report.md",
    path: "sub/report.md",
    sha256: sha256("report"),
  });
  for (const path of ["link", "up/secret", "../secret", join(root, "secret"), "missing", "sub"]) {
    expect(await files.take("s", inWork(path)), path).toBeUndefined();
  }
  await vi.waitFor(() => expect(outcomes).toHaveLength(1));
  expect(arrived).toMatchObject([{ body: "report" }]);
});

it("keeps the same bytes once while they wait, and tells of them once they are there", async () => {
  answers = [{ status: 503 }];
  const first = await files.take("s", textFile("same"));
  const second = await files.take("s", textFile("same", { name: "b.txt" }));
  expect([first, second]).toMatchObject([{ sha256: sha256("same") }, { sha256: sha256("same"), name: "b.txt" }]);
  await files.take("other", textFile("same"));
  expect(kept().filter((path) => /[0-9a-f]{64}$/.test(path))).toHaveLength(2);
  await vi.waitFor(() => expect(answers).toEqual([]));
  // A hub that is back hears of it at once.
  await vi.waitFor(() => {
    files.connected(20_000_000);
    expect(outcomes).toHaveLength(2);
  });
  expect(arrived).toHaveLength(2);
});

it("keeps what it could not upload for the next start, and drops what a crash left half", async () => {
  answers = [{ status: 503 }];
  await files.take("s", textFile("kept"));
  await vi.waitFor(() => expect(answers).toEqual([]));
  await files.stop();
  const place = join(root, "files", "s");
  writeFileSync(join(place, "torn.part"), "half");
  writeFileSync(join(place, `${sha256("noted")}.json`), JSON.stringify({ name: "n", mime_type: "a/b", sha256: sha256("noted") }));
  files = create();
  files.recover();
  await vi.waitFor(() => expect(outcomes).toMatchObject([{ session_id: "s", type: "file.stored", sha256: sha256("kept") }]));
  expect(arrived).toMatchObject([{ type: "text/plain", body: "kept" }]);
  await vi.waitFor(() => expect(kept()).toEqual([]));
});

it("tells of what was kept when the log had not been told of it yet, and of nothing twice", async () => {
  answers = [{ status: 503 }, { status: 503 }];
  const told = await files.take("s", textFile("first", { tool_call_id: "c1" }));
  // What a runtime that is killed now leaves.
  cpSync(join(root, "files"), join(root, "left"), { recursive: true });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  await files.stop();
  files = create();
  files.recover();
  await vi.waitFor(() => expect(answers).toEqual([]));
  await files.stop();
  expect(recovered).toEqual([]);
  for (const known of [[], [sha256("first")]]) {
    rmSync(join(root, "files"), { recursive: true, force: true });
    cpSync(join(root, "left"), join(root, "files"), { recursive: true });
    inLog = known;
    files = create();
    files.recover();
    await vi.waitFor(() => expect(kept()).toEqual([]));
    await files.stop();
    expect(recovered).toEqual([told]);
  }
  expect(outcomes).toHaveLength(2);
});

it.each([
  [413, "TOO_LARGE", [{ type: "file.dropped", reason: "too_large" }]],
  [429, "LIMIT_EXCEEDED", [{ type: "file.dropped", reason: "no_room" }]],
  [400, "INVALID_INPUT", [{ type: "file.dropped", reason: "refused" }]],
  // A session that is gone.
  [404, "NOT_FOUND", []],
] as const)("tells what the hub will never take (%s %s)", async (status, code, told) => {
  answers = [{ status, code }];
  await files.take("s", textFile("unwanted"));
  await files.take("s", textFile("next"));
  await vi.waitFor(() => expect(arrived).toHaveLength(1));
  await vi.waitFor(() => expect(outcomes).toMatchObject([...told, { type: "file.stored", sha256: sha256("next") }]));
  expect(outcomes.filter(({ type }) => type === "file.dropped").map((outcome) => outcome.sha256)).toEqual(
    told.map(() => sha256("unwanted")),
  );
});

it("says of what is larger than the hub takes that it stays, and keeps nothing of it", async () => {
  files.connected(10);
  expect(await files.take("s", textFile("12345678901"))).toMatchObject({ size: 11, missing: "too_large" });
  writeFileSync(join(work, "big"), "12345678901");
  expect(await files.take("s", inWork("big"))).toMatchObject({ path: "big", size: 11, missing: "too_large" });
  expect(kept()).toEqual([]);
});

it("gives up what somebody took away, and goes on with the next", async () => {
  answers = [{ status: 503 }];
  await files.take("s", textFile("gone"));
  await files.take("s", textFile("next"));
  await vi.waitFor(() => expect(answers).toEqual([]));
  rmSync(join(root, "files", "s", sha256("gone")));
  files.connected(20_000_000);
  await vi.waitFor(() =>
    expect(outcomes).toMatchObject([
      { type: "file.dropped", sha256: sha256("gone"), reason: "unreadable" },
      { type: "file.stored", sha256: sha256("next") },
    ]),
  );
});

it.each([
  ["text/markdown; charset=utf-8", "text/markdown"],
  ["späße/\n", "application/octet-stream"],
  ["", "application/octet-stream"],
])("makes of the kind %j one that can be sent", async (said, mime_type) => {
  expect(await files.take("s", textFile("x", { mime_type: said }))).toMatchObject({ mime_type });
  await vi.waitFor(() => expect(arrived).toMatchObject([{ type: mime_type }]));
});

it("gives nothing to a hub that is too old to take files, and tells it nothing that it would not understand", async () => {
  files.connected(undefined);
  expect(await files.take("s", textFile("hello"))).toMatchObject({ type: "file.produced", path: "a.txt", size: 5 });
  await vi.waitFor(() => expect(kept()).toEqual([]));
  expect({ arrived, outcomes }).toEqual({ arrived: [], outcomes: [] });
});

it("keeps no more than so much for the hub, and says what stays", async () => {
  // The hub takes none for as long as this lasts, and is offered each new file at once.
  answers = Array.from({ length: 1_000 }, () => ({ status: 503 }));
  files.connected(1_000_000_000);
  const path = join(work, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 201 * 1024 * 1024);
  expect(await files.take("s", inWork("sparse"))).toMatchObject({ missing: "no_room" });
  for (let at = 0; at < 200; at += 1) expect((await files.take("s", textFile(`${at}`)))?.missing).toBeUndefined();
  expect(await files.take("s", textFile("one more"))).toMatchObject({ missing: "no_room" });
  expect(await files.take("other", textFile("one more"))).toMatchObject({ sha256: sha256("one more") });
});

it("tells a picture by its bytes, with its size, and calls nothing else one", async () => {
  const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"), Buffer.from([0, 0, 2, 0x80, 0, 0, 1, 0xe0])]);
  const picture = { type: "file.made", mime_type: "text/html", source: { base64: png.toString("base64") } } as const;
  expect(await files.take("s", picture)).toMatchObject({ name: "picture.png", mime_type: "image/png", width: 640, height: 480 });
  const page = { ...picture, mime_type: "image/png", source: { base64: Buffer.from("<html>").toString("base64") } };
  expect(await files.take("s", page)).toMatchObject({ name: "file", mime_type: "application/octet-stream" });
});

it("tells the same bytes once for a call in a turn, and says when there are too many files", async () => {
  const turn = createTurnFiles("s", files);
  const ofCall = async (id: string) => (await turn.take(textFile("same", { tool_call_id: id })))?.type;
  expect([await ofCall("c1"), await ofCall("c1"), await ofCall("c2")]).toEqual(["file.produced", undefined, "file.produced"]);
  turn.begin();
  expect(await ofCall("c1")).toBe("file.produced");
  const types: unknown[] = [];
  for (let at = 0; at < 102; at += 1) types.push((await turn.take(textFile(`${at}`)))?.type);
  expect(types.filter((type) => type === "file.produced")).toHaveLength(99);
  expect(types.slice(99)).toEqual(["notice", undefined, undefined]);
});

it("lets others have their turn while it keeps a large file, and keeps one file after the other", async () => {
  const bytes = Buffer.alloc(10_000_000, "large");
  writeFileSync(join(work, "large"), bytes);
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const [large, same, small] = await Promise.all([
    files.take("s", inWork("large")),
    files.take("s", { ...inWork("large"), source: { base64: bytes.toString("base64") } }),
    files.take("s", textFile("small")),
  ]);
  isDone = true;
  expect(turns).toBeGreaterThan(40);
  const hash = createHash("sha256").update(bytes).digest("hex");
  expect([large, same, small]).toMatchObject([{ sha256: hash }, { sha256: hash }, { sha256: sha256("small") }]);
  await vi.waitFor(() => expect(outcomes).toHaveLength(2));
});
