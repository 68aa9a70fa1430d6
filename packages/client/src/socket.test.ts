/** The live socket over real connections that break, fall silent and refuse. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub, UNAUTHENTICATED } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { createSocket, type LiveSocket, type SocketOptions, type SocketState } from "./socket.ts";

let hub: ScriptedHub;
const open: LiveSocket[] = [];

function connect(options: Partial<SocketOptions> = {}): LiveSocket {
  const socket = createSocket({
    url: `${hub.url.replace("http", "ws")}/ws/client`,
    token: "secret",
    backoff: { first: 10, longest: 40 },
    patience: { greeting: 200, check: 100 },
    tick: 10,
    ...options,
  });
  open.push(socket);
  return socket;
}

const state = (socket: LiveSocket) => socket.status.get().state;
const live = (socket: LiveSocket) => until("live", () => state(socket) === "live");

beforeEach(async () => {
  hub = await startScriptedHub();
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  await hub.stop();
});

describe("a live socket", () => {
  it("goes through its states in order, says who it is and how far its clock is off", async () => {
    hub.clockAhead = 60_000;
    const socket = connect({ name: "test" });
    const seen: SocketState[] = [];
    socket.status.subscribe(() => seen.push(state(socket)));
    socket.start();
    await live(socket);
    expect(seen).toEqual(expect.arrayContaining(["connecting", "greeting", "live"]));
    expect(socket.status.get().user?.username).toBe("anna");
    expect(Math.abs(socket.status.get().clock_offset - 60_000)).toBeLessThan(2_000);
    expect(hub.authorizations).toEqual(["Bearer secret"]);
    expect(hub.received[0]).toEqual({ type: "client.hello", protocol: [1], client: "test" });
  });

  it("dials for ever while the hub is away, with growing pauses, and `since` tells the beginning of the outage", async () => {
    const socket = connect();
    socket.start();
    await live(socket);
    const lostAt = Date.now();
    let noticedAt = 0;
    const leave = socket.status.subscribe(() => {
      if (noticedAt === 0 && state(socket) !== "live") noticedAt = Date.now();
    });
    await hub.stop();
    await until("several dials", () => socket.status.get().attempt >= 4);
    expect(socket.status.get().since).toBeGreaterThanOrEqual(lostAt - 5);
    expect(socket.status.get().since).toBeLessThanOrEqual(noticedAt);
    leave();
    await until("waiting", () => state(socket) === "waiting");
    const retryAt = socket.status.get().retry_at ?? 0;
    expect(retryAt - Date.now()).toBeLessThanOrEqual(40);
    await hub.restart();
    await live(socket);
    expect(socket.status.get().attempt).toBe(0);
    expect(socket.status.get().reason).toBeNull();
  });

  it("leaves a half-open connection after the silence limit", async () => {
    hub.heartbeat = 20;
    hub.silenceLimit = 80;
    const socket = connect();
    socket.start();
    await live(socket);
    hub.deaf = true;
    await until("noticed", () => state(socket) !== "live");
    hub.deaf = false;
    await live(socket);
    expect(hub.received.some((frame) => frame.type === "ping")).toBe(true);
  });

  it("stays on a quiet connection whose pings are answered", async () => {
    hub.heartbeat = 10;
    hub.silenceLimit = 60;
    const socket = connect();
    socket.start();
    await live(socket);
    const states: SocketState[] = [];
    socket.status.subscribe(() => states.push(state(socket)));
    const pings = () => hub.received.filter((frame) => frame.type === "ping").length;
    await until("ten pings", () => pings() >= 10);
    expect(states.filter((each) => each !== "live")).toEqual([]);
  });

  it("gives up a dial that is never answered", async () => {
    hub.deaf = true;
    const socket = connect();
    socket.start();
    await until("second dial", () => hub.authorizations.length >= 2);
    hub.deaf = false;
    await live(socket);
  });

  it("checks at once when asked, and redials when nothing answers", async () => {
    const socket = connect();
    socket.start();
    await live(socket);
    hub.deaf = true;
    socket.check();
    await until("noticed", () => state(socket) !== "live", 1_000);
  });

  it("takes what was on its way for no answer to a check, and tells since when nothing was heard", async () => {
    const socket = connect();
    socket.start();
    await live(socket);
    hub.deaf = true;
    socket.check();
    hub.broadcast({ type: "hint", topic: "sessions" });
    let heardAt = 0;
    socket.onFrame(() => {
      heardAt = Date.now();
    });
    await until("noticed", () => state(socket) !== "live", 1_000);
    expect(heardAt).toBeGreaterThan(0);
    expect(Math.abs(socket.status.get().since - heardAt)).toBeLessThan(20);
  });

  it("dials at once when asked while it waits", async () => {
    const socket = connect({ backoff: { first: 60_000, longest: 60_000 } });
    socket.start();
    await live(socket);
    hub.cut();
    await until("waiting", () => state(socket) === "waiting");
    socket.check();
    await live(socket);
  });

  it("stops when the hub refuses the credentials, and can be started again", async () => {
    hub.refuseWith = UNAUTHENTICATED;
    const socket = connect();
    socket.start();
    await until("signed out", () => state(socket) === "signed_out");
    const dials = hub.authorizations.length;
    hub.refuseWith = undefined;
    socket.check();
    expect(hub.authorizations.length).toBe(dials);
    socket.start();
    await live(socket);
  });

  it("says that a version mismatch cannot be helped", async () => {
    hub.refuseWith = 4426;
    const socket = connect();
    socket.start();
    await until("refused", () => state(socket) === "refused");
    expect(socket.status.get().reason).toMatch(/version/);
  });

  it("leaves nothing open when closed in any state", async () => {
    const socket = connect();
    socket.start();
    socket.close();
    expect(state(socket)).toBe("offline");
    const other = connect();
    other.start();
    await live(other);
    other.close();
    await until("no connections", () => hub.connections() === 0);
    expect(state(other)).toBe("offline");
  });

  it("survives frames it cannot read and types it does not know", async () => {
    const socket = connect();
    socket.start();
    await live(socket);
    const heard: string[] = [];
    socket.onFrame((frame) => heard.push(frame.type));
    hub.broadcast({ type: "later.invention" } as never);
    hub.broadcast("not an object" as never);
    const unknown = { type: "later.event", session_id: "s", seq: 1, at: 1 };
    hub.broadcast({ type: "range", session_id: "s", from: 1, to: 1, head: 1, events: [unknown as never] });
    await until("the range", () => heard.includes("range"));
    expect(heard).toEqual(["range"]);
    expect(state(socket)).toBe("live");
  });
});
