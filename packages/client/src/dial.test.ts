/** What only a browser does: its own WebSocket, its cookie, and its signs that the network or the user is back. */
import { decodeTerminalFrame, encodeTerminalFrame } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { createScriptedTerminal } from "../test/scripted-terminal.ts";
import { until } from "../test/until.ts";
import { createSocket, type LiveSocket } from "./socket.ts";

/** As much of a page as the socket looks at; `ws` has the browser's WebSocket interface. */
const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
const dialled: string[] = [];
class PageSocket extends NodeSocket {
  constructor(url: string) {
    super(url);
    dialled.push(url);
  }
}

let hub: ScriptedHub;
let socket: LiveSocket;
const state = () => socket.status.get().state;

function start(options: { token?: string; patience?: { greeting: number; check: number } } = {}): void {
  const url = `${hub.url.replace("http", "ws")}/ws/client`;
  socket = createSocket({ url, backoff: { first: 60_000, longest: 60_000 }, tick: 10, ...options });
  socket.start();
}

beforeEach(async () => {
  hub = await startScriptedHub();
  dialled.length = 0;
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", page);
  vi.stubGlobal("WebSocket", PageSocket);
});
afterEach(async () => {
  socket.close();
  vi.unstubAllGlobals();
  await hub.stop();
});

describe("in a browser", () => {
  it("dials without a header, and with a token in the query where there is one", async () => {
    start();
    await until("live", () => state() === "live");
    expect(hub.authorizations).toEqual([undefined]);
    socket.close();
    start({ token: "a b" });
    await until("live", () => state() === "live");
    expect(dialled.at(-1)).toMatch(/\/ws\/client\?token=a%20b$/);
  });

  it("dials at once when the network or the user comes back", async () => {
    for (const sign of ["online", "visibilitychange", "pageshow"]) {
      start();
      await until("live", () => state() === "live");
      hub.cut();
      await until("waiting", () => state() === "waiting");
      page.dispatchEvent(new Event(sign));
      await until(`live after ${sign}`, () => state() === "live");
      socket.close();
    }
  });

  it("notices a connection that died in its sleep", async () => {
    start({ patience: { greeting: 10_000, check: 50 } });
    await until("live", () => state() === "live");
    hub.deaf = true;
    const real = Date.now;
    const asleep = vi.spyOn(Date, "now").mockImplementation(() => real() + 20_000);
    await until("noticed", () => state() === "waiting", 2_000);
    asleep.mockRestore();
    expect(hub.received.some((frame) => frame.type === "ping")).toBe(true);
  });

  it("is lost with the browser's network at once, since it was heard last, and does not dial for it twice", async () => {
    start();
    await until("live", () => state() === "live");
    const heardBy = Date.now();
    await until("a pause", () => Date.now() > heardBy + 50);
    page.dispatchEvent(new Event("offline"));
    const lost = socket.status.get();
    expect(lost).toMatchObject({ state: "waiting", no_network: true, attempt: 0 });
    expect(lost.since).toBeLessThanOrEqual(heardBy);
    page.dispatchEvent(new Event("offline"));
    expect(socket.status.get()).toEqual(lost);
    page.dispatchEvent(new Event("online"));
    await until("live again", () => state() === "live");
    expect(socket.status.get().no_network).toBe(false);
  });

  it("carries binary frames both ways", async () => {
    hub.terminal = createScriptedTerminal({ ring: 1_000, window: 1_000, piece: 1_000 });
    start();
    await until("live", () => state() === "live");
    const heard: Uint8Array[] = [];
    socket.onBytes((bytes) => heard.push(bytes));
    socket.send({ type: "terminal.attach", number: 7, session_id: "s", viewer_id: "v", hold: true });
    socket.sendBytes(encodeTerminalFrame("input", 7, 0, new Uint8Array([1, 2, 255])));
    await until("taken", () => heard.some((bytes) => decodeTerminalFrame(bytes).kind === "taken"));
    expect([...hub.terminal.given]).toEqual([1, 2, 255]);
  });

  it("hears nothing more after it is closed", async () => {
    start();
    await until("live", () => state() === "live");
    const heard: string[] = [];
    socket.onFrame((frame) => heard.push(frame.type));
    socket.close();
    page.dispatchEvent(new Event("online"));
    hub.broadcast({ type: "pong", now: 1 });
    await until("gone", () => hub.connections() === 0);
    expect([heard, state()]).toEqual([[], "offline"]);
  });
});
