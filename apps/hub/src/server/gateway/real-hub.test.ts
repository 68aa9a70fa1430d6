/** The gateway in front of the real services, log and sign-in: the same failures, with a database behind. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RUNTIME, type RunningHub, startHub } from "../../../test/running-hub.ts";
import type { GatewayLimits } from "./limits.ts";
import { startProxy } from "./test/proxy.ts";
import { dial, numbers, type Peer, readTo } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

let hub: RunningHub;
let token: string;

async function start(gatewayLimits: Partial<GatewayLimits> = {}): Promise<void> {
  await hub?.close();
  hub = await startHub({ gatewayLimits });
  token = await hub.signIn();
}

beforeEach(() => start());
afterEach(() => hub.close());

const address = () => hub.url.replace("http", "ws");
const port = () => Number(new URL(hub.url).port);

async function client(as = token, through = port()): Promise<Peer> {
  const peer = await dial(`ws://127.0.0.1:${through}/ws/client`, { Authorization: `Bearer ${as}` });
  peer.send({ type: "client.hello", protocol: [1] });
  await peer.next("hello.ack");
  return peer;
}

const offer = [
  {
    id: "cat",
    name: "Cat",
    profile: "generic-cli",
    tags: {},
    capabilities: { exec_model: "interactive", turn_completion: false, approvals: false, files: false },
  },
];

async function runtime(sessions: readonly unknown[] = [], through = port()): Promise<Peer> {
  const peer = await dial(`ws://127.0.0.1:${through}/ws/runtime`, { Authorization: `Bearer ${RUNTIME.token}` });
  peer.send({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints: offer, sessions });
  await peer.next((frame) => frame.type === "hello.ack" && frame.ok === true);
  return peer;
}

let calls = 0;
async function call<T>(peer: Peer, operation: string, input: unknown): Promise<T> {
  calls += 1;
  const id = `c${calls}`;
  peer.send({ type: "call", id, operation, input });
  const answer = await peer.next((frame) => frame.id === id);
  if (answer.type === "error") throw Object.assign(new Error(String(answer.error)), { code: answer.code });
  return answer.output as T;
}

/** Makes a session and returns its id; `session.created` is number 1 of its log. */
async function newSession(peer: Peer): Promise<string> {
  return (await call<{ id: string }>(peer, "sessions.create", { endpoint_id: "cat" })).id;
}

async function signInAs(username: string): Promise<string> {
  await hub.call("/api/users", { method: "POST", token, body: { username, password: "another long password" } });
  return hub.signIn(username, "another long password");
}

describe("a conversation", () => {
  it("goes from a client through the log to the runtime and back, each step once", async () => {
    const agent = await runtime();
    const ann = await client();
    const session_id = await newSession(ann);
    ann.send({ type: "client.subscribe", session_id });
    await ann.next("subscribed");
    const sent = await call<{ seq: number; turn_id: string }>(ann, "messages.send", { session_id, content: "hello", message_id: "m1" });
    const again = await call(ann, "messages.send", { session_id, content: "hello", message_id: "m1" });
    expect(again).toEqual(sent);
    const { command } = (await agent.next("command")) as unknown as { command: { id: string; kind: string; turn_id: string } };
    expect(command).toMatchObject({ kind: "turn.start", turn_id: sent.turn_id, content: "hello", endpoint_id: "cat" });
    agent.send({ type: "command.ack", id: command.id, state: "delivered" });
    const turn = { turn_id: command.turn_id };
    const events = [
      { type: "turn.started", ...turn },
      { type: "message.delta", kind: "stdout", text: "hello", message_id: "a1", ...turn },
      { type: "turn.completed", stop_reason: "end_turn", ...turn },
    ];
    agent.send({ type: "events", session_id, stream: "st", from: 1, events });
    expect(await agent.next("events.ack")).toEqual({ type: "events.ack", session_id, stream: "st", ordinal: 3 });
    agent.send({ type: "command.ack", id: command.id, state: "applied" });
    // Created, named after its first message, posted, and the three of the runtime.
    expect(await readTo(ann, { session: session_id, to: 6 })).toEqual(numbers(1, 6));
    const list = await call<{ direction: string; content: string }[]>(ann, "messages.list", { session_id });
    expect(list.filter(({ direction }) => direction !== "system").map(({ content }) => content)).toEqual(["hello", "hello"]);
    expect(agent.frames.filter((frame) => frame.type === "command")).toEqual([]);
  });

  it("a message that was sent while the runtime was away is its first command on return, until it is acknowledged", async () => {
    const first = await runtime();
    const ann = await client();
    const session_id = await newSession(ann);
    first.ws.terminate();
    await first.closed;
    await call(ann, "messages.send", { session_id, content: "are you there?" });
    for (const state of ["unacknowledged", "delivered"]) {
      const back = await runtime();
      const { command } = (await back.next("command")) as unknown as { command: { id: string; content: string } };
      expect(command.content).toBe("are you there?");
      if (state === "delivered") back.send({ type: "command.ack", id: command.id, state: "applied" });
      back.send({ type: "ping" });
      await back.next("pong");
      back.ws.close();
      await back.closed;
    }
    const last = await runtime();
    last.send({ type: "ping" });
    await last.next("pong");
    const later = await call<{ turn_id: string }>(ann, "messages.send", { session_id, content: "next" });
    expect(await last.next("command")).toMatchObject({ command: { kind: "turn.start", turn_id: later.turn_id } });
  });
});

describe("failures", () => {
  it("duplicates, gaps and a resend after a cut leave a log without holes or doubles", async () => {
    const proxy = await startProxy(port());
    const ann = await client();
    let agent = await runtime([], proxy.port);
    const session_id = await newSession(ann);
    ann.send({ type: "client.subscribe", session_id });
    await ann.next("subscribed");
    const send = (from: number, to: number) => agent.send({ type: "events", session_id, stream: "st", from, events: deltas(from, to) });
    send(1, 50);
    send(40, 80);
    await agent.next((frame) => frame.type === "events.ack" && frame.ordinal === 80);
    send(90, 91);
    expect(await agent.next("error")).toMatchObject({ code: "CONFLICT", session_id });
    expect((await agent.closed).code).toBe(4410);
    agent = await runtime([{ session_id, stream: "st", next_ordinal: 92 }], proxy.port);
    send(81, 100);
    proxy.cut();
    await agent.closed;
    agent = await dial(`${address()}/ws/runtime`);
    agent.send({
      type: "runtime.hello",
      runtime_id: RUNTIME.runtime_id,
      token: RUNTIME.token,
      endpoints: offer,
      sessions: [{ session_id, stream: "st", next_ordinal: 101 }],
    });
    const ack = await agent.next("hello.ack");
    const [position] = ack.sessions as { acked_ordinal: number }[];
    expect([80, 100]).toContain(position?.acked_ordinal);
    send((position?.acked_ordinal ?? 0) + 1, 101);
    await agent.next((frame) => frame.type === "events.ack" && frame.ordinal === 101);
    expect(await readTo(ann, { session: session_id, to: 102 })).toEqual(numbers(1, 102));
    const { body } = await hub.call(`/api/sessions/${session_id}/events?limit=1000`, { token });
    const texts = (body as { events: { text?: string }[] }).events.flatMap(({ text }) => (text === undefined ? [] : [text]));
    expect(texts).toEqual(numbers(1, 101).map(String));
  });

  it("the newer connection of a runtime supersedes the older", async () => {
    const older = await runtime();
    const newer = await runtime();
    expect((await older.closed).code).toBe(4409);
    const ann = await client();
    const session_id = await newSession(ann);
    newer.send({ type: "events", session_id, stream: "st", from: 1, events: deltas(1, 1) });
    await newer.next("events.ack");
    const { body } = await hub.call("/api/endpoints", { token });
    expect(body).toMatchObject([{ id: "cat", status: "online" }]);
  });

  it("a wrong token is told so and closed; the endpoint of a lost runtime is offline", async () => {
    const wrong = await dial(`${address()}/ws/runtime`);
    wrong.send({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, token: "nonsense", endpoints: offer });
    expect(await wrong.next("hello.ack")).toMatchObject({ ok: false });
    expect((await wrong.closed).code).toBe(4401);
    const ann = await client();
    const agent = await runtime();
    await ann.next("hint");
    agent.ws.terminate();
    await ann.next((frame) => frame.type === "hint" && frame.topic === "endpoints");
    const isOffline = async () => (await call<{ status: string }[]>(ann, "endpoints.list", {}))[0]?.status === "offline";
    while (!(await isOffline())) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("someone else's session looks as if it were not there; an admin may read it", async () => {
    await runtime();
    const bob = await client(await signInAs("bobby"));
    const carl = await client(await signInAs("carla"));
    const session_id = await newSession(bob);
    carl.send({ type: "client.subscribe", session_id });
    const foreign = await carl.next("error");
    carl.send({ type: "client.subscribe", session_id: "no-such" });
    const unknown = await carl.next("error");
    expect(foreign).toEqual({ ...unknown, session_id });
    expect(foreign.code).toBe("NOT_FOUND");
    await expect(call(carl, "messages.send", { session_id, content: "x" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const admin = await client();
    admin.send({ type: "client.subscribe", session_id });
    expect(await readTo(admin, { session: session_id, to: 1 })).toEqual([1]);
  });

  it("a runtime cannot write into a session that is not its own", async () => {
    const agent = await runtime();
    agent.send({ type: "events", session_id: "no-such", stream: "st", from: 1, events: deltas(1, 1) });
    expect(await agent.next("error")).toMatchObject({ code: "NOT_FOUND", session_id: "no-such" });
    const ann = await client();
    const session_id = await newSession(ann);
    agent.send({ type: "events", session_id, stream: "st", from: 1, events: deltas(1, 1) });
    await agent.next("events.ack");
  });

  it("logging out closes the sockets of that login and no others", async () => {
    const other = await hub.signIn();
    const [mine, mineToo, others] = await Promise.all([client(), client(), client(other)]);
    await hub.call("/api/auth/logout", { method: "POST", token });
    expect((await mine.closed).code).toBe(4401);
    expect((await mineToo.closed).code).toBe(4401);
    await call(others, "me.get", {});
    await expect(client()).rejects.toMatchObject({ status: 401 });
  });

  it("credentials are checked before the upgrade, in the header and in the address", async () => {
    await expect(dial(`${address()}/ws/client`)).rejects.toMatchObject({ status: 401 });
    await expect(dial(`${address()}/ws/client?token=nonsense`)).rejects.toMatchObject({ status: 401 });
    const peer = await dial(`${address()}/ws/client?token=${token}`);
    peer.send({ type: "client.hello", protocol: [1] });
    await peer.next("hello.ack");
    expect(hub.lines.join("")).not.toContain(token);
  });

  it("a thousand sockets without a hello do not keep a runtime out", { timeout: 60_000 }, async () => {
    await start({ helloDeadlineMs: 300, closeGraceMs: 50 });
    const flood = await Promise.allSettled(Array.from({ length: 1_000 }, () => dial(`${address()}/ws/runtime`)));
    expect(flood.filter(({ status }) => status === "rejected").length).toBeGreaterThan(500);
    await Promise.all(flood.map((entry) => (entry.status === "fulfilled" ? entry.value.closed : undefined)));
    await runtime();
    await client();
  });

  it("the hub goes down in order: sockets are told, what was acknowledged is there after the restart", async () => {
    const agent = await runtime();
    const ann = await client();
    await newSession(ann);
    await hub.close();
    expect((await agent.closed).code).toBe(1001);
    expect((await ann.closed).code).toBe(1001);
    await start();
  });
});

it("a viewer that stalls during a flood costs a bounded amount and loses nothing", { timeout: 60_000 }, async () => {
  const ann = await client();
  const agent = await runtime();
  const session_id = await newSession(ann);
  ann.send({ type: "client.subscribe", session_id });
  await ann.next("subscribed");
  ann.ws.pause();
  const fill = "x".repeat(900);
  let sent = 0;
  const before = process.memoryUsage().arrayBuffers;
  let worst = 0;
  // As much as tells a bound from none; how long that takes is the machine's affair.
  while (sent * fill.length <= 16 * 1024 * 1024) {
    agent.send({ type: "events", session_id, stream: "st", from: sent + 1, events: deltas(sent + 1, sent + 100, fill) });
    sent += 100;
    await agent.next((frame) => frame.type === "events.ack" && frame.ordinal === sent);
    worst = Math.max(worst, process.memoryUsage().arrayBuffers - before);
  }
  expect(worst).toBeLessThan(16 * 1024 * 1024);
  ann.ws.resume();
  expect(await readTo(ann, { session: session_id, to: sent + 1 })).toEqual(numbers(1, sent + 1));
});

describe("a request to a runtime", () => {
  const lists = { ...offer[0], capabilities: { ...offer[0]?.capabilities, resume: true, native_sessions: true } };
  const ask = () => hub.call("/api/endpoints/cat/native-sessions", { token });
  const session = (native_id: string, updated_at: number) => ({ native_id, title: native_id, updated_at });

  async function lister(): Promise<Peer> {
    const peer = await runtime();
    peer.send({ type: "runtime.endpoints", endpoints: [lists] });
    peer.send({ type: "ping" });
    await peer.next("pong");
    await vi.waitFor(async () => {
      const [endpoint] = await call<{ capabilities: { native_sessions: boolean } }[]>(await client(), "endpoints.list", {});
      expect(endpoint?.capabilities.native_sessions).toBe(true);
    });
    return peer;
  }

  it("is answered by the runtime, the newest session first", async () => {
    const peer = await lister();
    const asked = ask();
    const { id, request } = await peer.next("request");
    expect(request).toEqual({ kind: "native_sessions.list", endpoint_id: "cat" });
    peer.send({ type: "response", id: "somebody else's", error: "no" });
    peer.send({ type: "response", id, native_sessions: [session("old", 1), session("new", 2)] });
    expect(await asked).toMatchObject({ status: 200, body: [session("new", 2), session("old", 1)] });
  });

  it("fails at once when the runtime says no, goes away or is away", async () => {
    const peer = await lister();
    const refused = ask();
    const { id } = await peer.next("request");
    peer.send({ type: "response", id, error: "the folder cannot be read" });
    expect(await refused).toMatchObject({ status: 503, body: { code: "UNAVAILABLE", error: "the folder cannot be read" } });
    const lost = ask();
    await peer.next("request");
    peer.ws.terminate();
    expect(await lost).toMatchObject({ status: 503, body: { code: "UNAVAILABLE" } });
    expect(await ask()).toMatchObject({ status: 503, body: { error: "its runtime is not connected" } });
  });

  it("is bounded, and refused for an agent that cannot answer it", async () => {
    await runtime();
    expect(await ask()).toMatchObject({ status: 409, body: { error: "Cat does not list its earlier sessions" } });
    const peer = await lister();
    const statuses: number[] = [];
    const asked = Array.from({ length: 20 }, async () => statuses.push((await ask()).status));
    // The runtime answers none; what goes beyond is refused at once.
    await vi.waitFor(() => expect(statuses).toEqual([429, 429, 429, 429]));
    peer.ws.terminate();
    await Promise.all(asked);
    expect(statuses.slice(4)).toEqual(Array(16).fill(503));
  });
});
