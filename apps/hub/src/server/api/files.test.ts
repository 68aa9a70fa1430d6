/** Files at a real hub: uploaded by their session's owner, read back whole, given to the session's runtime, kept from everybody else. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RUNTIME, type RunningHub, startHub } from "../../../test/running-hub.ts";

let hub: RunningHub;
let admin: string;
let stranger: string;
let session: string;
let runtime: WebSocket;

beforeAll(async () => {
  hub = await startHub({ storage: { max_file_bytes: 1_000_000, max_recording_bytes: 2_000_000 } });
  admin = await hub.signIn();
  const body = { username: "berta", password: "another good password" };
  await hub.call("/api/users", { method: "POST", token: admin, body });
  stranger = await hub.signIn(body.username, body.password);
  runtime = new WebSocket(`${hub.url.replace("http", "ws")}/ws/runtime`, { headers: { authorization: `Bearer ${RUNTIME.token}` } });
  const capabilities = { exec_model: "interactive", turn_completion: true, approvals: false, files: false, attachments: "images" };
  const endpoints = [
    { id: "echo", name: "Echo", profile: "generic-cli", capabilities },
    { id: "shell", name: "Shell", profile: "terminal", capabilities: { ...capabilities, terminal: "only" } },
  ];
  runtime.on("open", () => runtime.send(JSON.stringify({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints })));
  await new Promise((resolve) => runtime.once("message", resolve));
  const created = await hub.call("/api/sessions", { method: "POST", token: admin, body: { endpoint_id: "echo" } });
  session = (created.body as { id: string }).id;
});

afterAll(async () => {
  runtime.close();
  await hub.close();
});

async function upload(bytes: Uint8Array<ArrayBuffer>, { name = "picture.png", type = "image/png", token = admin } = {}) {
  const response = await fetch(`${hub.url}/api/sessions/${session}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": type },
    body: bytes,
  });
  return { status: response.status, body: (await response.json()) as { file_id: string; code?: string } };
}

async function download(path: string, token: string) {
  const response = await fetch(hub.url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const noise = (size: number) => Uint8Array.from({ length: size }, (_, index) => (index * 7_919) % 251);

it("gives back what was uploaded, byte by byte, to the owner and to the session's runtime", async () => {
  const bytes = noise(900_000);
  const { status, body } = await upload(bytes);
  expect({ status, body }).toMatchObject({ status: 201, body: { name: "picture.png", mime_type: "image/png", size: 900_000 } });
  for (const [path, token] of [
    [`/api/sessions/${session}/files/${body.file_id}`, admin],
    [`/api/runtime/files/${body.file_id}`, RUNTIME.token],
  ] as const) {
    const got = await download(path, token);
    expect(got.status).toBe(200);
    expect(sha256(got.bytes)).toBe(sha256(bytes));
    expect(got.headers.get("content-security-policy")).toContain("sandbox");
  }
});

it("shows pictures in place and saves everything else", async () => {
  const html = await upload(noise(10), { name: "späße.html", type: "text/html" });
  const got = await download(`/api/sessions/${session}/files/${html.body.file_id}`, admin);
  expect(got.headers.get("content-type")).toBe("application/octet-stream");
  expect(got.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''sp%C3%A4%C3%9Fe.html");
});

it("refuses what is too large and keeps nothing of it", async () => {
  const held = () => readdirSync(join(dirname(hub.config.storage.dsn), "files", session)).length;
  const before = held();
  const refused = await upload(noise(1_000_001)).catch(() => undefined);
  if (refused !== undefined) expect(refused).toMatchObject({ status: 413, body: { code: "TOO_LARGE" } });
  await expect.poll(held).toBe(before);
});

it.each([
  ["a folder in it", "../x"],
  ["none", ""],
  ["a line end in it", "a\nb"],
])("refuses a name with %s", async (_what, name) => {
  expect(await upload(noise(1), { name })).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
});

it("keeps files from strangers, from other tokens and from other sessions", async () => {
  const { body } = await upload(noise(10));
  const other = await hub.call("/api/sessions", { method: "POST", token: admin, body: { endpoint_id: "echo" } });
  const { id } = other.body as { id: string };
  expect((await upload(noise(1), { token: stranger })).status).toBe(404);
  expect((await download(`/api/sessions/${session}/files/${body.file_id}`, stranger)).status).toBe(404);
  expect((await download(`/api/sessions/${id}/files/${body.file_id}`, admin)).status).toBe(404);
  expect((await download(`/api/runtime/files/${body.file_id}`, "wrong")).status).toBe(401);
  expect((await download(`/api/runtime/files/${body.file_id}`, admin)).status).toBe(401);
  expect((await download("/api/runtime/files/unknown", RUNTIME.token)).status).toBe(404);
});

it("sends a message's files along with it, and refuses those that the session does not have", async () => {
  const { body } = await upload(noise(10), { name: "notes.txt", type: "text/plain" });
  const path = `/api/sessions/${session}/messages`;
  expect(await hub.call(path, { method: "POST", token: admin, body: { content: "", attachments: ["unknown"] } })).toMatchObject({
    status: 400,
  });
  expect(await hub.call(path, { method: "POST", token: admin, body: { content: "" } })).toMatchObject({ status: 400 });
  const command = new Promise<string>((resolve) => {
    runtime.on("message", (data) => String(data).includes("turn.start") && resolve(String(data)));
  });
  const sent = await hub.call(path, { method: "POST", token: admin, body: { content: "", attachments: [body.file_id] } });
  expect(sent.status).toBe(202);
  expect(JSON.parse(await command)).toMatchObject({
    command: { kind: "turn.start", attachments: [{ file_id: body.file_id, name: "notes.txt", mime_type: "text/plain", size: 10 }] },
  });
  expect(existsSync(join(dirname(hub.config.storage.dsn), "files", session, body.file_id))).toBe(true);
});

interface MadeFile {
  readonly token?: string;
  readonly said?: string;
  readonly name?: string;
  readonly type?: string;
  readonly id?: string;
}

async function bring(bytes: Uint8Array<ArrayBuffer>, made: MadeFile = {}) {
  const { token = RUNTIME.token, said = sha256(bytes), name = "plot.png", type = "image/png", id = session } = made;
  const response = await fetch(`${hub.url}/api/runtime/sessions/${id}/files?${new URLSearchParams({ name, sha256: said })}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": type },
    body: bytes,
  });
  return { status: response.status, body: (await response.json()) as { file_id: string; code?: string } };
}

it("takes what an agent made from the session's runtime alone, once by its hash, and gives it to those who may read the session", async () => {
  const bytes = noise(700_000);
  const { status, body } = await bring(bytes);
  expect({ status, body }).toMatchObject({ status: 201, body: { name: "plot.png", mime_type: "image/png", size: 700_000 } });
  // Sent again, because the answer was lost or because it was shown under another name: it is the same file.
  expect(await bring(bytes, { name: "again.png" })).toMatchObject({ status: 201, body: { file_id: body.file_id } });
  const twins = noise(500_000).reverse();
  const twice = await Promise.all([bring(twins), bring(twins)]);
  expect(twice).toMatchObject([{ status: 201 }, { status: 201, body: { file_id: twice[0].body.file_id } }]);

  const path = `/api/sessions/${session}/files/${body.file_id}`;
  const got = await download(path, admin);
  expect(sha256(got.bytes)).toBe(sha256(bytes));
  expect(got.headers.get("content-type")).toBe("image/png");
  expect(got.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await download(path, stranger)).status).toBe(404);
  expect((await hub.call(`${path}`, { token: stranger })).status).toBe(404);
  for (const token of [admin, stranger, "nonsense"]) {
    expect(await bring(noise(10), { token })).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
  }
  expect(await bring(noise(10), { id: "nothing-here" })).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
});

it.each(["image/svg+xml", "text/html", "application/pdf"])(
  "saves what an agent made of the kind %s instead of showing it",
  async (type) => {
    const { body } = await bring(new TextEncoder().encode(`<b>${type}</b>`), { name: "page", type });
    const got = await download(`/api/sessions/${session}/files/${body.file_id}`, admin);
    expect(got.headers.get("content-type")).toBe("application/octet-stream");
    expect(got.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''page");
  },
);

it("refuses what an agent made when its bytes are others than was said, or too many, or said of without a hash, and keeps nothing", async () => {
  const held = () => readdirSync(join(dirname(hub.config.storage.dsn), "files", session)).length;
  const before = held();
  expect(await bring(noise(11), { said: sha256(noise(12)) })).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
  expect(await bring(noise(11), { said: "x" })).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
  expect(await bring(noise(11), { name: "a/b" })).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
  const refused = await bring(noise(1_000_001)).catch(() => undefined);
  if (refused !== undefined) expect(refused).toMatchObject({ status: 413, body: { code: "TOO_LARGE" } });
  await expect.poll(held).toBe(before);
});

it("takes a recording from the session's runtime alone, however long after its end, and gives it to those who may read the session", async () => {
  const terminal = await hub.call("/api/terminals", { method: "POST", token: admin, body: { endpoint_id: "shell" } });
  const { id } = terminal.body as { id: string };
  const record = async (bytes: Uint8Array<ArrayBuffer>, token: string, path = `/api/runtime/sessions/${id}/recordings?name=run-1.cast`) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-asciicast" };
    const response = await fetch(hub.url + path, { method: "POST", headers, body: bytes });
    return { status: response.status, body: (await response.json()) as { file_id: string; code?: string } };
  };
  await hub.call(`/api/terminals/${id}`, { method: "DELETE", token: admin });
  // Longer than a file of a message may be.
  const bytes = noise(1_500_000);
  const { status, body } = await record(bytes, RUNTIME.token);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { name: "run-1.cast", mime_type: "application/x-asciicast", size: 1_500_000 },
  });
  const got = await download(`/api/sessions/${id}/files/${body.file_id}`, admin);
  expect(sha256(got.bytes)).toBe(sha256(bytes));
  expect((await download(`/api/sessions/${id}/files/${body.file_id}`, stranger)).status).toBe(404);

  // Sent again because the answer was lost: it is the same file.
  expect(await record(bytes, RUNTIME.token)).toMatchObject({ status: 201, body: { file_id: body.file_id } });

  for (const token of [admin, stranger, "nonsense"]) {
    expect(await record(noise(10), token)).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
  }
  const nowhere = "/api/runtime/sessions/nothing-here/recordings?name=a.cast";
  expect(await record(noise(10), RUNTIME.token, nowhere)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  const chat = `/api/runtime/sessions/${session}/recordings?name=a.cast`;
  expect(await record(noise(10), RUNTIME.token, chat)).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  const unnamed = `/api/runtime/sessions/${id}/recordings`;
  expect(await record(noise(10), RUNTIME.token, unnamed)).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
  const second = `/api/runtime/sessions/${id}/recordings?name=run-2.cast`;
  expect(await record(noise(2_000_001), RUNTIME.token, second)).toMatchObject({ status: 413, body: { code: "TOO_LARGE" } });
});
