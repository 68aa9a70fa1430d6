/** Terminals at a real hub: REST, sockets, log and relay together, with a runtime that is a script. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RUNTIME, type RunningHub, startHub } from "../../../test/running-hub.ts";
import type { GatewayLimits } from "./limits.ts";
import { dial, type Frame, onCleanup, type Peer } from "./test/rig.ts";
import { ATTACHED, ask, attach, held, settled } from "./test/terminals.ts";

let hub: RunningHub;
let ann: string;
let bob: string;

async function start(gatewayLimits: Partial<GatewayLimits> = {}, folder?: string): Promise<void> {
  await hub?.close();
  hub = await startHub({ gatewayLimits, ...(folder === undefined ? {} : { folder }) });
  const admin = await hub.signIn();
  const password = "another long password";
  for (const username of ["ann", "bob"]) await hub.call("/api/users", { method: "POST", token: admin, body: { username, password } });
  ann = await hub.signIn("ann", password);
  bob = await hub.signIn("bob", password);
}

beforeEach(() => start());
afterEach(() => hub.close());

const capabilities = { exec_model: "interactive", turn_completion: false, approvals: false, files: false, terminal: "only" };
const endpoints = [{ id: "shell", name: "Shell", profile: "terminal", capabilities }];

async function client(token: string): Promise<Peer> {
  const peer = await dial(`${hub.url.replace("http", "ws")}/ws/client`, { Authorization: `Bearer ${token}` });
  peer.send({ type: "client.hello", protocol: [1] });
  await peer.next("hello.ack");
  return peer;
}

async function runtime(sessions: readonly unknown[] = []): Promise<Peer> {
  const peer = await dial(`${hub.url.replace("http", "ws")}/ws/runtime`, { Authorization: `Bearer ${RUNTIME.token}` });
  peer.send({ type: "runtime.hello", runtime_id: RUNTIME.runtime_id, endpoints, sessions });
  await peer.next((frame) => frame.type === "hello.ack" && frame.ok === true);
  return peer;
}

interface OpenCommand {
  readonly id: string;
  readonly session_id: string;
  readonly terminal_id: string;
}

async function commandOf(peer: Peer, kind: string): Promise<OpenCommand> {
  const frame = await peer.next(({ type, command }) => type === "command" && (command as { kind: string }).kind === kind);
  return frame.command as OpenCommand;
}

async function report(peer: Peer, session_id: string, from: number, event: object): Promise<void> {
  peer.send({ type: "events", session_id, stream: "st", from, events: [event] });
  await peer.next((frame) => frame.type === "events.ack" && frame.ordinal === from);
}

/** Opens a terminal over REST and lets the runtime say that it runs. */
async function opened(agent: Peer): Promise<OpenCommand> {
  const answer = await hub.call("/api/terminals", { method: "POST", token: ann, body: { endpoint_id: "shell", cols: 100, rows: 30 } });
  expect(answer).toMatchObject({ status: 201, body: { kind: "terminal", state: "queued" } });
  const command = await commandOf(agent, "terminal.open");
  agent.send({ type: "command.ack", id: command.id, state: "delivered" });
  const { session_id, terminal_id } = command;
  await report(agent, session_id, 1, { type: "terminal.opened", terminal_id, command: ["sh"], work_dir: "/", cols: 100, rows: 30 });
  agent.send({ type: "command.ack", id: command.id, state: "applied" });
  return command;
}

const terminals = async (token: string) =>
  (await hub.call("/api/terminals", { token })).body as { terminal: { state: string; end: string } }[];

it("every operation works over REST, also DELETE without a body", async () => {
  const agent = await runtime();
  const { session_id: id } = await opened(agent);
  expect(await terminals(ann)).toMatchObject([{ session: { id }, terminal: { state: "open", cols: 100 }, owner: "ann", shared: false }]);

  const lines = ["$ "];
  const screen = { terminal_id: "t", cols: 80, rows: 24, lines, cursor: { row: 0, col: 2 }, title: "", alternate: false, offset: 2 };
  const answers: Record<string, object> = {
    "terminal.screen": { screen },
    "terminal.write": { written: { offset: 2 } },
    "terminal.wait": { waited: { outcome: "matched", match: "hello", offset: 9 } },
  };
  const answer = async () => {
    const asked = await agent.next("request");
    agent.send({ type: "response", id: asked.id, ...answers[(asked.request as { kind: string }).kind] });
    return asked.request;
  };
  const path = `/api/terminals/${id}`;
  const [seen, askedScreen] = await Promise.all([hub.call(`${path}/screen?history=7`, { token: ann }), answer()]);
  expect(seen).toMatchObject({ status: 200, body: screen });
  expect(askedScreen).toEqual({ kind: "terminal.screen", session_id: id, history: 7 });
  const post = (what: string, body: object) => hub.call(path + what, { method: "POST", token: ann, body });
  const [written, askedWrite] = await Promise.all([post("/input", { data: "echo hello\r" }), answer()]);
  expect(written).toMatchObject({ status: 200, body: { status: "written", offset: 2 } });
  expect(askedWrite).toEqual({ kind: "terminal.write", session_id: id, data: "echo hello\r" });
  const [waited, askedWait] = await Promise.all([post("/wait", { pattern: "hel+o", after_offset: 2, timeout: 3 }), answer()]);
  expect(waited).toMatchObject({ status: 200, body: { outcome: "matched", match: "hello", offset: 9 } });
  expect(askedWait).toEqual({ kind: "terminal.wait", session_id: id, pattern: "hel+o", after_offset: 2, timeout: 3_000 });

  expect(await post("/recording", { on: true })).toMatchObject({ status: 202, body: { status: "requested" } });
  expect(await commandOf(agent, "terminal.record")).toMatchObject({ session_id: id, on: true });

  const shared = await post("/shares", { username: "bob" });
  expect(shared).toMatchObject({ status: 200, body: [{ username: "bob" }] });
  const [{ user_id: bobId } = { user_id: "" }] = shared.body as { user_id: string }[];
  expect(await hub.call(`${path}/shares`, { token: ann })).toMatchObject({ status: 200, body: shared.body });
  expect(await terminals(bob)).toMatchObject([{ owner: "ann", shared: true }]);
  expect(await hub.call(`${path}/shares/${bobId}`, { method: "DELETE", token: ann })).toMatchObject({ status: 200, body: [] });
  expect(await terminals(bob)).toEqual([]);

  expect(await hub.call(path, { method: "DELETE", token: ann })).toMatchObject({ status: 200, body: { status: "closed" } });
  expect(await commandOf(agent, "session.close")).toMatchObject({ session_id: id });
  expect(await hub.call(path, { method: "DELETE", token: ann })).toMatchObject({ status: 200, body: { status: "already_closed" } });
});

it.each([
  ["0x0", 0, 0],
  ["10,000x10,000", 10_000, 10_000],
  ["half a column", 80.5, 24],
])("is not opened at %s: the refusal names both, and no program starts", async (_name, cols, rows) => {
  const agent = await runtime();
  const refused = await hub.call("/api/terminals", { method: "POST", token: ann, body: { endpoint_id: "shell", cols, rows } });
  expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_INPUT", error: expect.stringContaining("cols") } });
  expect(await terminals(ann)).toEqual([]);
  // The next that is opened is the first that the runtime hears of.
  const { session_id } = await opened(agent);
  expect(await terminals(ann)).toMatchObject([{ session: { id: session_id } }]);
});

it("a watcher follows log and bytes until the share is taken back, which ends both at once", async () => {
  const agent = await runtime();
  const { session_id: id } = await opened(agent);
  const watcher = await client(bob);
  ask(watcher, { number: 0, session: id });
  expect(await watcher.next("terminal.detached")).toMatchObject({ reason: "forbidden" });
  const shared = await hub.call(`/api/terminals/${id}/shares`, { method: "POST", token: ann, body: { username: "bob" } });
  const [{ user_id: bobId } = { user_id: "" }] = shared.body as { user_id: string }[];
  expect(await watcher.next("hint")).toMatchObject({ topic: "sessions" });
  const far = await attach(watcher, agent, { number: 0, session: id });
  await held(watcher, 0, null);
  watcher.send({ type: "client.subscribe", session_id: id });
  expect(await watcher.next("range")).toMatchObject({ to: 3 });
  agent.sendBytes("output", far, 0, "for bob");
  await watcher.nextBytes("output");

  await hub.call(`/api/terminals/${id}/shares/${bobId}`, { method: "DELETE", token: ann });
  expect(await watcher.next("terminal.detached")).toMatchObject({ number: 0, reason: "forbidden" });
  expect(await watcher.next("error")).toMatchObject({ session_id: id, code: "NOT_FOUND" });
  await hub.call(`/api/sessions/${id}`, { method: "PATCH", token: ann, body: { title: "secret" } });
  agent.sendBytes("output", far, 7, "secret");
  await settled(agent, watcher);
  expect(watcher.binary).toEqual([]);
  expect(watcher.frames.filter(({ type }) => type === "range")).toEqual([]);
});

it("a session's watchers see its owner's keys take effect, and signing out ends the owner's hold", async () => {
  const agent = await runtime();
  const { session_id: id } = await opened(agent);
  await hub.call(`/api/terminals/${id}/shares`, { method: "POST", token: ann, body: { username: "bob" } });
  const [owner, watcher] = [await client(ann), await client(bob)];
  const far = await attach(owner, agent, { number: 0, session: id, viewer: "desk" });
  await attach(watcher, agent, { number: 0, session: id });
  await held(watcher, 0, "desk");
  owner.sendBytes("input", 0, 0, "ls\r");
  expect(await agent.nextBytes("input")).toMatchObject({ number: far, position: 0 });
  await hub.call("/api/auth/logout", { method: "POST", token: ann });
  expect((await owner.closed).code).toBe(4401);
  expect(await agent.next("terminal.detach")).toMatchObject({ number: far });
  await held(watcher, 0, null);
});

it("a terminal asked for while the runtime is away opens when it comes, and its viewer is told", async () => {
  const first = await runtime();
  first.ws.terminate();
  await first.closed;
  const { body } = await hub.call("/api/terminals", { method: "POST", token: ann, body: { endpoint_id: "shell" } });
  const { id } = body as { id: string };
  const viewer = await client(ann);
  ask(viewer, { number: 0, session: id });
  expect(await viewer.next("terminal.detached")).toMatchObject({ reason: "away" });
  const agent = await runtime();
  expect(await viewer.next("terminal.available")).toMatchObject({ session_id: id });
  const { terminal_id } = await commandOf(agent, "terminal.open");
  ask(viewer, { number: 0, session: id });
  const early = await agent.next("terminal.attach");
  agent.send({ type: "terminal.detached", number: early.number, reason: "ended" });
  expect(await viewer.next("terminal.detached")).toMatchObject({ reason: "ended" });
  await report(agent, id, 1, { type: "terminal.opened", terminal_id, command: ["sh"], work_dir: "/", cols: 80, rows: 24 });
  expect(await viewer.next("terminal.available")).toMatchObject({ session_id: id });
  await attach(viewer, agent, { number: 0, session: id });
});

it("a terminal that the log holds for open and the runtime does not have is shown as lost after a while, not sooner", async () => {
  await start({ tickMs: 10, recheckMs: 100 });
  const agent = await runtime();
  const { session_id: id, terminal_id } = await opened(agent);
  const viewer = await client(ann);
  const end = async () => {
    ask(viewer, { number: 0, session: id });
    const asked = await agent.next("terminal.attach");
    agent.send({ type: "terminal.detached", number: asked.number, reason: "ended" });
    expect(await viewer.next("terminal.detached")).toMatchObject({ reason: "ended" });
  };
  await end();
  // The runtime's own word was on its way: it stands alone.
  await report(agent, id, 2, { type: "terminal.closed", terminal_id, reason: "exit", exit_code: 3 });
  viewer.send({ type: "client.subscribe", session_id: id });
  expect(await viewer.next("range")).toMatchObject({ to: 4 });
  const again = await hub.call("/api/terminals", { method: "POST", token: ann, body: { session_id: id } });
  expect(again.status).toBe(201);
  const next = await commandOf(agent, "terminal.open");
  const opening: Frame = { type: "terminal.opened", terminal_id: next.terminal_id, command: ["sh"], work_dir: "/", cols: 80, rows: 24 };
  await report(agent, id, 3, opening);
  agent.send({ type: "command.ack", id: next.id, state: "applied" });
  await end();
  await expect.poll(async () => (await terminals(ann))[0]?.terminal).toMatchObject({ state: "closed", end: "lost" });
  const { body } = await hub.call(`/api/sessions/${id}/events?limit=100`, { token: ann });
  const ends = (body as { events: { type: string }[] }).events.filter(({ type }) => type === "terminal.closed");
  expect(ends).toMatchObject([
    { terminal_id, reason: "exit", exit_code: 3 },
    { terminal_id: next.terminal_id, reason: "lost" },
  ]);
});

it("a hub that restarts finds both sides again where they were", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-terminals-"));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  await start({}, folder);
  const agent = await runtime();
  const { session_id: id } = await opened(agent);
  const viewer = await client(ann);
  await attach(viewer, agent, { number: 0, session: id });
  await hub.close();
  expect((await viewer.closed).code).toBe(1001);
  hub = await startHub({ folder });
  const back = await runtime([{ session_id: id, stream: "st", next_ordinal: 2 }]);
  expect(back.frames.filter(({ type }) => type === "command")).toEqual([]);
  const again = await client(ann);
  again.send({ type: "terminal.attach", number: 0, session_id: id, viewer_id: "v-0", terminal_id: ATTACHED.terminal_id, offset: 12 });
  const asked = await back.next("terminal.attach");
  expect(asked).toMatchObject({ session_id: id, viewer_id: "v-0", terminal_id: ATTACHED.terminal_id, offset: 12 });
  back.send({ type: "terminal.attached", number: asked.number, ...ATTACHED, offset: 20 });
  expect(await again.next("terminal.attached")).toMatchObject({ number: 0, offset: 20 });
  expect(await terminals(ann)).toMatchObject([{ terminal: { state: "open" } }]);
});
