/** The audit trail at a real hub: sign-ins and files leave entries, strangers and throttled callers none, admins alone read it. */
import { type AuditEntry, auditEntrySchema } from "@fairlead/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { ADMIN, RUNTIME, type RunningHub, startHub } from "../../../test/running-hub.ts";

let hub: RunningHub;
let admin: string;
let berta: string;
let bertaId: string;
let runtime: WebSocket;
let terminal: string;

const BERTA = { username: "berta", password: "another good password" };

beforeAll(async () => {
  const pair = { burst: 3, refillMs: 600_000 };
  hub = await startHub({ loginRates: { address: { burst: 100, refillMs: 1 }, pair, account: { burst: 100, refillMs: 1 } } });
  admin = await hub.signIn();
  bertaId = ((await hub.call("/api/users", { method: "POST", token: admin, body: BERTA })).body as { id: string }).id;
  berta = await hub.signIn(BERTA.username, BERTA.password);
  runtime = new WebSocket(`${hub.url.replace("http", "ws")}/ws/runtime`, { headers: { authorization: `Bearer ${RUNTIME.token}` } });
  const capabilities = { exec_model: "interactive", turn_completion: true, approvals: false, files: false, terminal: "only" };
  const endpoints = [{ id: "shell", name: "Shell", profile: "terminal", capabilities }];
  runtime.on("open", () => runtime.send(JSON.stringify({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints })));
  await new Promise((resolve) => runtime.once("message", resolve));
  const opened = await hub.call("/api/terminals", { method: "POST", token: admin, body: { endpoint_id: "shell" } });
  terminal = (opened.body as { id: string }).id;
});

afterAll(async () => {
  runtime.close();
  await hub.close();
});

async function list(query = ""): Promise<AuditEntry[]> {
  const { status, body } = await hub.call(`/api/admin/audit${query}`, { token: admin });
  expect(status).toBe(200);
  return z.array(auditEntrySchema).parse(body);
}

describe("GET /api/admin/audit", () => {
  it("tells an admin who did what, and nobody else", async () => {
    const [entry] = await list("?operation=users.&limit=1");
    expect(entry).toMatchObject({
      actor: { kind: "user", name: ADMIN.username },
      address: "127.0.0.1",
      subject: bertaId,
      detail: { username: "berta", role: "user" },
      code: "OK",
    });
    expect(await hub.call("/api/admin/audit", { token: berta })).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    expect(await hub.call("/api/admin/audit")).toMatchObject({ status: 401 });
    expect(await hub.call("/api/admin/audit?limit=501", { token: admin })).toMatchObject({ status: 400 });
    expect(JSON.stringify(await list("?limit=500"))).not.toContain(BERTA.password);
  });

  it("goes on before an entry", async () => {
    const [first, second] = await list("?limit=2");
    expect(await list(`?limit=1&before=${first?.id}`)).toEqual([second]);
  });
});

describe("a sign-in", () => {
  it("leaves an entry with whom it let in, or with the name that was tried, but none when it is throttled", async () => {
    const attempt = (password: string) => hub.call("/api/auth/login", { method: "POST", body: { username: "Eve", password } });
    const { length } = await list("?operation=auth.login&limit=500");
    for (const status of [401, 401, 401, 429, 429]) expect((await attempt("wrong-password")).status).toBe(status);
    expect((await hub.call("/api/auth/login", { method: "POST", body: { username: "Eve" } })).status).toBe(400);
    const entries = await list("?operation=auth.login&limit=500");
    expect(entries).toHaveLength(length + 3);
    const eve = { actor: { kind: "stranger", id: null, name: "Eve" }, address: "127.0.0.1", detail: {}, code: "UNAUTHENTICATED" };
    expect(entries.slice(0, 3)).toMatchObject([eve, eve, eve]);
    expect(await list(`?operation=auth.login&user_id=${bertaId}`)).toMatchObject([{ actor: { kind: "user", name: "berta" }, code: "OK" }]);
    expect(JSON.stringify(entries)).not.toContain("wrong-password");
  });

  it("has an end that leaves one too", async () => {
    const token = await hub.signIn(BERTA.username, BERTA.password);
    await hub.call("/api/auth/logout", { method: "POST", token });
    expect(await list(`?user_id=${bertaId}&limit=1`)).toMatchObject([{ operation: "auth.logout", code: "OK" }]);
  });
});

describe("files", () => {
  const bytes = new TextEncoder().encode("what was on the screen");
  const post = (path: string, token: string, type: string) =>
    fetch(hub.url + path, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": type }, body: bytes });
  const fileId = async (answer: Response) => ((await answer.json()) as { file_id: string }).file_id;
  const ofFiles = () => list("?operation=files.&limit=500");

  it("leave an entry when they come and when they are read, recordings told from others", async () => {
    const recording = await fileId(
      await post(`/api/runtime/sessions/${terminal}/recordings?name=run-1.cast`, RUNTIME.token, "application/x-asciicast"),
    );
    const note = await fileId(await post(`/api/sessions/${terminal}/files?name=note.txt`, admin, "text/plain"));
    await hub.call(`/api/sessions/${terminal}/files/${recording}`, { token: admin });
    await hub.call(`/api/runtime/files/${note}`, { token: RUNTIME.token });
    const machine = { kind: "runtime", id: RUNTIME.runtime_id, name: RUNTIME.runtime_id };
    const person = { kind: "user", name: ADMIN.username };
    const of = (name: string) => ({ name, size: bytes.length, recording: name === "run-1.cast" });
    const same = { session_id: terminal, address: "127.0.0.1", code: "OK" };
    expect(await ofFiles()).toMatchObject([
      { ...same, operation: "files.download", actor: machine, subject: note, detail: of("note.txt") },
      { ...same, operation: "files.download", actor: person, subject: recording, detail: of("run-1.cast") },
      { ...same, operation: "files.upload", actor: person, subject: note, detail: of("note.txt") },
      { ...same, operation: "files.upload", actor: machine, subject: recording, detail: of("run-1.cast") },
    ]);
    expect(JSON.stringify(await list("?limit=500"))).not.toContain("on the screen");
  });

  it("read piece by piece are read once, and what is refused stands there", async () => {
    const file = await fileId(await post(`/api/sessions/${terminal}/files?name=long.cast`, admin, "application/x-asciicast"));
    for (let piece = 0; piece < 20; piece += 1) {
      const headers = { range: `bytes=${piece}-${piece}` };
      expect((await hub.call(`/api/sessions/${terminal}/files/${file}`, { token: admin, headers })).status).toBe(200);
    }
    const readings = async () => (await ofFiles()).filter((entry) => entry.subject === file).map(({ operation }) => operation);
    expect(await readings()).toEqual(["files.download", "files.upload"]);
    expect((await hub.call(`/api/sessions/${terminal}/files/${file}`, { token: berta })).status).toBe(404);
    expect(await ofFiles()).toMatchObject([{ actor: { name: "berta" }, code: "NOT_FOUND", detail: {} }, {}, {}, {}, {}, {}, {}]);
  });

  it("of strangers, and with names and ids that are none, leave nothing", async () => {
    const { length } = await ofFiles();
    const path = `/api/sessions/${terminal}/files`;
    expect((await hub.call(`${path}/x`)).status).toBe(404);
    expect((await post(`${path}?name=x`, "no-token", "text/plain")).status).toBe(401);
    expect((await post(`${path}?name=a%2Fb`, admin, "text/plain")).status).toBe(400);
    expect((await hub.call("/api/runtime/files/x", { token: "no-token" })).status).toBe(401);
    const odd = `%00${"x".repeat(2_000)}`;
    expect((await hub.call(`/api/sessions/${odd}/files/x`, { token: admin })).status).toBe(404);
    expect((await hub.call(`${path}/${odd}`, { token: admin })).status).toBe(404);
    expect((await post(`/api/sessions/${odd}/files?name=x`, admin, "text/plain")).status).toBe(404);
    expect((await hub.call(`/api/runtime/files/${odd}`, { token: RUNTIME.token })).status).toBe(404);
    expect(await ofFiles()).toHaveLength(length);
  });
});
