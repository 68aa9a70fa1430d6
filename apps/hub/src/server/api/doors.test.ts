/** REST, tRPC and OpenAPI at a real hub: the same paths, statuses and refusals at each door. */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { CONTRACTS, errorCodeSchema, OPERATION_NAMES, type OperationName } from "@fairlead/protocol";
import { createTRPCClient, httpBatchLink, type TRPCClientError } from "@trpc/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { RUNTIME, type RunningHub, startHub } from "../../../test/running-hub.ts";
import { MAX_BODY_BYTES } from "./respond.ts";
import { MAX_BATCH } from "./trpc/handler.ts";
import type { AppRouter } from "./trpc/router.ts";

let hub: RunningHub;
let admin: string;
let user: string;

beforeAll(async () => {
  hub = await startHub();
  admin = await hub.signIn();
  const body = { username: "berta", password: "another good password" };
  await hub.call("/api/users", { method: "POST", token: admin, body });
  user = await hub.signIn(body.username, body.password);
});
afterAll(() => hub.close());

const unknownPath = (name: OperationName) => CONTRACTS[name].http.path.replaceAll(/\{\w+\}/g, "nothing-here");
const refusal = (code: string) => ({ error: expect.any(String), code });
const isMutation = (name: OperationName) => CONTRACTS[name].http.method !== "GET";
const protectedNames = OPERATION_NAMES.filter((name) => CONTRACTS[name].access !== "public");
/** What any operation on a session may want to be told. */
const fields = { title: "a", seq: 1, content: "a", option_id: "a", value_id: "a", data: "a", pattern: "a", on: true, username: "a" };
const of = (names: readonly OperationName[]) => names.map((name) => [name, CONTRACTS[name].http.method, unknownPath(name)] as const);

describe("REST", () => {
  it.each(of(protectedNames))("%s: a stranger gets 401, whatever they send", async (_, method, path) => {
    const answers = [await hub.call(path, { method }), await hub.call(path, { method, token: "not-a-token" })];
    if (method !== "GET") answers.push(await hub.call(path, { method, body: "{" }));
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 401, body: refusal("UNAUTHENTICATED") });
  });

  it.each(of(OPERATION_NAMES))("%s: another method gets 405 with Allow", async (_, method, path) => {
    const answer = await hub.call(path, { method: "PUT", token: user });
    expect(answer.status).toBe(405);
    expect(answer.body).toEqual(refusal("METHOD_NOT_ALLOWED"));
    expect(answer.headers.get("allow")?.split(", ")).toContain(method);
  });

  it.each(of(OPERATION_NAMES.filter(isMutation)))("%s: a body that is no JSON object gets 400, a huge one 413", async (_, method, path) => {
    for (const body of ["{", "[1]", '"text"', "null"]) {
      expect(await hub.call(path, { method, token: admin, body })).toMatchObject({ status: 400, body: refusal("INVALID_INPUT") });
    }
    const huge = JSON.stringify({ content: "x".repeat(MAX_BODY_BYTES) });
    expect(await hub.call(path, { method, token: admin, body: huge })).toMatchObject({ status: 413, body: refusal("TOO_LARGE") });
  });

  it.each(of(protectedNames.filter((name) => CONTRACTS[name].http.path.includes("{session_id}"))))(
    "%s: an unknown session gets 404",
    async (name, method, path) => {
      const answer = await hub.call(path, { method, token: user, ...(isMutation(name) ? { body: fields } : {}) });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 404, body: refusal("NOT_FOUND") });
    },
  );

  it("answers lists as bare arrays and HEAD without a body", async () => {
    expect(await hub.call("/api/sessions", { token: user })).toMatchObject({ status: 200, body: [] });
    const head = await hub.call("/api/sessions", { method: "HEAD", token: user });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe("2");
  });

  it("creates with 201 and lets admins only", async () => {
    const body = { username: "carla", password: "yet another password" };
    expect(await hub.call("/api/users", { method: "POST", token: user, body })).toMatchObject({ status: 403, body: refusal("FORBIDDEN") });
    expect(await hub.call("/api/users", { method: "POST", token: admin, body })).toMatchObject({
      status: 201,
      body: { username: "carla" },
    });
    expect(await hub.call("/api/users", { method: "POST", token: admin, body })).toMatchObject({ status: 409, body: refusal("CONFLICT") });
  });

  it("takes the path's word over the body's and the body's over the query's", async () => {
    const answer = await hub.call("/api/sessions/aaa/read?seq=x&session_id=bbb", {
      method: "POST",
      token: user,
      body: { seq: 1, session_id: "not/valid" },
    });
    expect(answer).toMatchObject({ status: 404 });
  });

  it("refuses paths it does not know, broken ones and plain HTTP to a socket in JSON", async () => {
    for (const path of ["/api/nothing", "/api/sessions/", "/nothing", "/ws/client", "/api/auth/session"]) {
      expect(await hub.call(path)).toMatchObject({ status: 404, body: refusal("NOT_FOUND") });
    }
    expect(await hub.call("/api/sessions/%E0%A4%A", { token: user })).toMatchObject({ status: 400, body: refusal("INVALID_INPUT") });
    expect(await rawStatus(hub.url, "//evil.example/api")).toBe(400);
  });

  it("sets the security headers on answers and refusals alike", async () => {
    for (const path of ["/healthz", "/api/me", "/nothing", "/api/trpc/me.get"]) {
      const { headers } = await hub.call(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });

  it("never writes a token to its log", async () => {
    await hub.call(`/api/me?token=${user}`, { token: user });
    await hub.call(`/ws/client?token=${user}`);
    expect(hub.lines.some((line) => line.includes('"path":"/ws/client"'))).toBe(true);
    expect(hub.lines.filter((line) => line.includes(user) || line.includes("another good password"))).toEqual([]);
  });
});

describe("somebody else's session", () => {
  it("is unknown to other users at every path, readable and closable for an admin, writable for its owner only", async () => {
    const runtime = await connectRuntime(hub.url);
    const created = await hub.call("/api/sessions", { method: "POST", token: user, body: { endpoint_id: "echo" } });
    expect(created.status).toBe(201);
    const { id } = created.body as { id: string };
    const body = { username: "dora", password: "one more good password" };
    await hub.call("/api/users", { method: "POST", token: admin, body });
    const other = await hub.signIn(body.username, body.password);
    for (const name of protectedNames.filter((candidate) => CONTRACTS[candidate].http.path.includes("{session_id}"))) {
      const { method, path } = CONTRACTS[name].http;
      const call = { method, token: other, ...(isMutation(name) ? { body: fields } : {}) };
      const answer = await hub.call(path.replace("{session_id}", id).replaceAll(/\{\w+\}/g, "a"), call);
      expect({ name, status: answer.status, body: answer.body }).toEqual({ name, status: 404, body: refusal("NOT_FOUND") });
    }
    const send = (token: string) => hub.call(`/api/sessions/${id}/messages`, { method: "POST", token, body: { content: "hello" } });
    expect(await hub.call(`/api/sessions/${id}`, { token: admin })).toMatchObject({ status: 200, body: { id } });
    expect(await send(admin)).toMatchObject({ status: 403, body: refusal("FORBIDDEN") });
    expect(await send(user)).toMatchObject({ status: 202, body: { seq: expect.any(Number), message_id: expect.any(String) } });
    expect(await hub.call(`/api/sessions/${id}/close`, { method: "POST", token: admin })).toMatchObject({ status: 200 });
    expect(await send(user)).toMatchObject({ status: 409, body: refusal("CONFLICT") });
    runtime.terminate();
  });
});

describe("a token", () => {
  it("of one surface opens no other", async () => {
    expect(await hub.call("/api/me", { token: RUNTIME.token })).toMatchObject({ status: 401, body: refusal("UNAUTHENTICATED") });
    const client = new WebSocket(`${hub.url.replace("http", "ws")}/ws/client`, { headers: { authorization: `Bearer ${RUNTIME.token}` } });
    const [, response] = (await once(client, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(401);
    const runtime = new WebSocket(`${hub.url.replace("http", "ws")}/ws/runtime`, { headers: { authorization: `Bearer ${admin}` } });
    await once(runtime, "open");
    runtime.send(JSON.stringify({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints: [] }));
    const [answer] = (await once(runtime, "message")) as [Buffer];
    expect(JSON.parse(answer.toString())).toMatchObject({ type: "hello.ack", ok: false });
    const [code] = (await once(runtime, "close")) as [number];
    expect(code).toBe(4401);
    client.on("error", () => undefined);
    client.terminate();
  });
});

describe("one message id", () => {
  it("sent over REST, tRPC and the socket at the same moment is one message with one answer", async () => {
    const runtime = await connectRuntime(hub.url);
    const created = await hub.call("/api/sessions", { method: "POST", token: user, body: { endpoint_id: "echo" } });
    const { id } = created.body as { id: string };
    const socket = new WebSocket(`${hub.url.replace("http", "ws")}/ws/client`, { headers: { authorization: `Bearer ${user}` } });
    await once(socket, "open");
    const outputs: unknown[] = [];
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { type: string; output?: unknown };
      if (frame.type === "result") outputs.push(frame.output);
    });
    const said = { content: "only once", message_id: "from-everywhere" };
    socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
    for (let count = 0; count < 5; count += 1) {
      socket.send(JSON.stringify({ type: "call", id: `c${count}`, operation: "messages.send", input: { session_id: id, ...said } }));
    }
    const trpc = createTRPCClient<AppRouter>({
      links: [httpBatchLink({ url: `${hub.url}/api/trpc`, headers: { authorization: `Bearer ${user}` } })],
    });
    const rest = Array.from({ length: 5 }, () => hub.call(`/api/sessions/${id}/messages`, { method: "POST", token: user, body: said }));
    const typed = Array.from({ length: 5 }, () => trpc.messages.send.mutate({ session_id: id, ...said }));
    const answers = await Promise.all(rest);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const all = [...answers.map(({ body }) => body), ...(await Promise.all(typed))];
    await vi.waitFor(() => expect(outputs).toHaveLength(5));
    for (const answer of [...all, ...outputs]) expect(answer).toEqual(all[0]);
    expect(all[0]).toMatchObject({ message_id: said.message_id, seq: expect.any(Number) });
    const log = (await hub.call(`/api/sessions/${id}/messages?limit=10`, { token: user })).body as { content: string; seq: number }[];
    expect(log.map(({ content }) => content)).toEqual(["only once"]);
    expect(Object.keys(log[0] ?? {}).sort()).toEqual(["channel", "content", "created_at", "direction", "id", "seq", "session_id"]);
    socket.terminate();
    runtime.terminate();
  });
});

describe("OpenAPI", () => {
  it("lists every contract with its parameters", async () => {
    const { status, body } = await hub.call("/api/openapi.json");
    const { openapi, paths } = body as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; parameters: { name: string }[] }>>;
    };
    expect(status).toBe(200);
    expect(openapi).toBe("3.1.0");
    for (const name of OPERATION_NAMES) {
      const { method, path } = CONTRACTS[name].http;
      const operation = paths[path]?.[method.toLowerCase()];
      expect(operation?.operationId).toBe(name);
      for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) expect(operation?.parameters.map(({ name }) => name)).toContain(parameter);
    }
    expect(await hub.call("/api/openapi.json", { method: "POST", body: {} })).toMatchObject({ status: 405 });
  });
});

describe("tRPC", () => {
  const client = (token?: string) =>
    createTRPCClient<AppRouter>({
      links: [httpBatchLink({ url: `${hub.url}/api/trpc`, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })],
    });
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "OK",
      (error: TRPCClientError<AppRouter>) => error.data?.error_code,
    );

  it("has every operation, typed", async () => {
    const me = await client(user).me.get.query();
    const username: string = me.username;
    expect(username).toBe("berta");
    const [health, sessions] = await Promise.all([client().health.live.query(), client(user).sessions.list.query({ limit: 5 })]);
    expect(health.status).toBe("ok");
    expect(sessions.every((session) => session.endpoint_id === "echo")).toBe(true);
    // @ts-expect-error a query is no mutation
    expect(await codeOf(client(user).me.get.mutate())).toBe("METHOD_NOT_ALLOWED");
    // @ts-expect-error content is required
    expect(await codeOf(client(user).messages.send.mutate({ session_id: "a" }))).toBe("INVALID_INPUT");
  });

  it("refuses as REST does", async () => {
    expect(await codeOf(client().me.get.query())).toBe("UNAUTHENTICATED");
    expect(await codeOf(client("wrong").me.get.query())).toBe("UNAUTHENTICATED");
    expect(await codeOf(client(user).users.list.query())).toBe("FORBIDDEN");
    expect(await codeOf(client(user).sessions.get.query({ session_id: "nothing-here" }))).toBe("NOT_FOUND");
    expect(await codeOf(client(user).messages.send.mutate({ session_id: "a", content: "x".repeat(MAX_BODY_BYTES) }))).toBe("TOO_LARGE");
    expect(await hub.call("/api/trpc/no.such")).toMatchObject({ status: 404, body: { error: { data: { error_code: "NOT_FOUND" } } } });
    for (const name of protectedNames) {
      const method = CONTRACTS[name].kind === "query" ? "GET" : "POST";
      const answer = await hub.call(`/api/trpc/${name}`, { method, ...(method === "POST" ? { body: {} } : {}) });
      expect(answer).toMatchObject({ status: 401, body: { error: { data: { error_code: "UNAUTHENTICATED" } } } });
      expect(JSON.stringify(answer.body)).not.toContain("stack");
    }
    expect(errorCodeSchema.options).toContain(await codeOf(client(user).sessions.create.mutate({ endpoint_id: "nothing-here" })));
  });
});

describe("what no database can hold", () => {
  it("is refused by its field's name, never a failure of the hub", async () => {
    const nul = "a\0b";
    const session = { method: "PATCH", token: user, body: { title: nul } };
    for (const answer of [
      await hub.call("/api/auth/login", { method: "POST", body: { username: nul, password: "x" } }),
      await hub.call(`/api/sessions?search=${encodeURIComponent(nul)}`, { token: user }),
      await hub.call("/api/sessions", { method: "POST", token: user, body: { endpoint_id: "echo", title: nul } }),
      await hub.call("/api/sessions/nothing-here", session),
      await hub.call("/api/sessions/nothing-here/events?before_seq=0", { token: user }),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: refusal("INVALID_INPUT") });
    }
  });
});

describe("a batch", () => {
  const batch = (size: number) => `/api/trpc/${Array(size).fill("health.live").join(",")}?batch=1`;

  it("may hold so many calls; more are refused before anything is run", async () => {
    expect(await hub.call(batch(MAX_BATCH))).toMatchObject({ status: 200 });
    const before = hub.lines.length;
    expect(await hub.call(batch(2_500))).toMatchObject({ status: 400 });
    expect(hub.lines.length - before).toBeLessThan(5);
  });
});

describe("rates", () => {
  it("refuse a loop gone wild with Retry-After, and only that one", async () => {
    const rates = { user: { burst: 5, refillMs: 60_000 }, stranger: { burst: 1_000, refillMs: 1 } };
    const small = await startHub({ requestRates: rates });
    const token = await small.signIn();
    for (let calls = 0; calls < 5; calls += 1) expect(await small.call("/api/me", { token })).toMatchObject({ status: 200 });
    const refused = await small.call("/api/me", { token });
    expect(refused).toMatchObject({ status: 429, body: refusal("LIMIT_EXCEEDED") });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const overTrpc = await small.call("/api/trpc/me.get", { token });
    expect(overTrpc).toMatchObject({ status: 429, body: { error: { data: { error_code: "LIMIT_EXCEEDED" } } } });
    expect(Number(overTrpc.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await small.call("/healthz")).toMatchObject({ status: 200 });
    await small.close();
  });
});

/** A runtime that offers one endpoint and does nothing. */
async function connectRuntime(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/runtime`, { headers: { authorization: `Bearer ${RUNTIME.token}` } });
  await once(socket, "open");
  const capabilities = { exec_model: "interactive", turn_completion: true, approvals: false, files: false };
  const endpoints = [{ id: "echo", name: "Echo", profile: "generic-cli", capabilities }];
  socket.send(JSON.stringify({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints }));
  await once(socket, "message");
  return socket;
}

/** fetch would tidy such a path up. */
function rawStatus(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
