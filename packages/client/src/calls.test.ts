/** Operations over the socket and over HTTP: typed answers, refusals as AppError, none left hanging. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub, UNAUTHENTICATED } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import { createTrpcClient } from "./trpc.ts";

const ME = { id: "u1", username: "anna", role: "user" as const, created_at: "2026-01-01T00:00:00.000Z" };

describe("a call over the socket", () => {
  let hub: ScriptedHub;
  let client: Client;
  beforeEach(async () => {
    hub = await startScriptedHub();
    client = createClient({ url: hub.url, token: "t", socket: { backoff: { first: 5, longest: 20 }, tick: 10 } });
  });
  afterEach(async () => {
    client.close();
    await hub.stop();
  });

  it("waits for the connection, then gives the typed answer", async () => {
    hub.answer = ({ id }) => ({ type: "result", id, output: { ...ME, unknown_to_this_build: 1 } });
    const answer = client.call("me.get", {});
    client.connect();
    expect(await answer).toEqual(ME);
  });

  it("rejects with the hub's refusal", async () => {
    hub.answer = ({ id }) => ({ type: "error", id, code: "NOT_FOUND", error: "no such session" });
    client.connect();
    await expect(client.call("sessions.get", { session_id: "x" })).rejects.toMatchObject({ code: "NOT_FOUND", message: "no such session" });
  });

  it("rejects when the connection breaks before the answer, at the deadline, and when the client is closed", async () => {
    hub.answer = () => undefined;
    client.connect();
    const broken = client.call("me.get", {});
    await until("asked", () => hub.received.some((frame) => frame.type === "call"));
    hub.cut();
    await expect(broken).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(client.call("me.get", {}, { deadline: 30 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const left = client.call("me.get", {});
    client.close();
    await expect(left).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("rejects what waits when the credentials are refused", async () => {
    hub.refuseWith = UNAUTHENTICATED;
    const waiting = client.call("me.get", {});
    client.connect();
    await expect(waiting).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("refuses a request larger than the hub takes, and an answer in another shape", async () => {
    hub.answer = ({ id }) => ({ type: "result", id, output: { id: 7 } });
    client.connect();
    await expect(client.call("me.get", {})).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const content = "x".repeat(300_000);
    await expect(client.call("messages.send", { session_id: "s", content })).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("a call over HTTP", () => {
  interface Seen {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly authorization: string | undefined;
    readonly body: string;
  }
  const seen: Seen[] = [];
  let reply: { status: number; body: string; headers?: Record<string, string> } = { status: 200, body: "{}" };
  const server = createServer((request, response) => {
    bodyOf(request).then((body) => {
      seen.push({ method: request.method, url: request.url, authorization: request.headers.authorization, body });
      response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(reply.body);
    }, response.destroy);
  });
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeEach(async () => {
    seen.length = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("puts the input where the contract says: path, query or body; below a sub-path too", async () => {
    const { operations } = createClient({ url: `${address()}/hub/`, token: "secret" });
    reply = { status: 200, body: JSON.stringify({ from: 1, to: 0, head: 0, events: [] }) };
    await operations["events.list"]({ session_id: "a:b", after_seq: 3 });
    reply = { status: 202, body: JSON.stringify({ seq: 4, message_id: "m", turn_id: "t" }) };
    await operations["messages.send"]({ session_id: "s", content: "hé", message_id: "m" });
    expect(seen).toEqual([
      { method: "GET", url: "/hub/api/sessions/a%3Ab/events?after_seq=3", authorization: "Bearer secret", body: "" },
      { method: "POST", url: "/hub/api/sessions/s/messages", authorization: "Bearer secret", body: '{"content":"hé","message_id":"m"}' },
    ]);
  });

  it("turns refusals into AppError, also those of a proxy in between, and an unreachable hub into UNAVAILABLE", async () => {
    const { operations } = createClient({ url: address() });
    reply = { status: 429, body: '{"error":"slow down","code":"LIMIT_EXCEEDED"}', headers: { "retry-after": "7" } };
    const login = () => operations["auth.login"]({ username: "a", password: "b" });
    await expect(login()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", message: "slow down", retryAfter: 7 });
    reply = { status: 502, body: "<html>Bad Gateway</html>" };
    await expect(login()).rejects.toMatchObject({ code: "UNAVAILABLE", message: "HTTP 502 Bad Gateway" });
    const { operations: nobody } = createClient({ url: "http://127.0.0.1:1" });
    await expect(nobody["health.live"]({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("speaks tRPC with the same token", async () => {
    reply = { status: 200, body: JSON.stringify([{ result: { data: ME } }]) };
    const trpc = createTrpcClient({ url: address(), token: "secret" }) as unknown as { me: { get: { query(): Promise<unknown> } } };
    expect(await trpc.me.get.query()).toEqual(ME);
    expect(seen[0]).toMatchObject({ authorization: "Bearer secret", method: "GET" });
    expect(seen[0]?.url).toMatch(/^\/api\/trpc\/me\.get\?batch=1/);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
