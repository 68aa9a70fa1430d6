/** Every event once, in order, through any sequence of cuts, holes, repeats and late ranges. */
import type { ClientFrame, HubToClientFrame, SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rangeOf, type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import type { LiveSocket, SocketStatus } from "./socket.ts";
import { createStore } from "./store.ts";
import { createSubscriptions } from "./subscription.ts";

const notice = (seq: number): SessionEvent => ({ type: "notice", level: "info", text: `${seq}`, session_id: "s", seq, at: seq });
const logOf = (length: number) => Array.from({ length }, (_, index) => notice(index + 1));

/** A connection made of data: what the hub says is put in by hand, in the order a property run decides. */
function scripted() {
  const asked: ClientFrame[] = [];
  const listeners = new Set<(frame: HubToClientFrame) => void>();
  const status = createStore({ state: "live" } as SocketStatus);
  const socket: LiveSocket = {
    status,
    start: () => undefined,
    close: () => undefined,
    check: () => undefined,
    send(frame) {
      if (status.get().state !== "live") return false;
      asked.push(frame);
      return true;
    },
    sendBytes: () => false,
    onBytes: () => () => false,
    onFrame(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const hear = (frame: HubToClientFrame) => {
    for (const listener of [...listeners]) listener(frame);
  };
  return { socket, status, asked, hear };
}

const HELLO = { type: "hello.ack" } as unknown as HubToClientFrame;

type Action = { readonly act: "live" | "page" | "skip" | "repeat" | "cut" | "grow"; readonly size: number };
const action = fc.record({
  act: fc.constantFrom("live" as const, "page" as const, "skip" as const, "repeat" as const, "cut" as const, "grow" as const),
  size: fc.integer({ min: 1, max: 9 }),
});

describe("a subscription", () => {
  it("delivers each number once, in order, whatever the hub and the network do", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.nat(5), (actions, start) => {
        const { socket, status, asked, hear } = scripted();
        let log = logOf(start);
        const got: number[] = [];
        const subscription = createSubscriptions(socket)(
          { session_id: "s", after_seq: 0 },
          {
            events: (events) => got.push(...events.map((event) => event.seq)),
          },
        );
        /** Where the hub stands with this viewer; undefined: not subscribed. */
        let sent: number | undefined;
        const serve = () => {
          for (const frame of asked.splice(0)) {
            if (frame.type !== "client.subscribe") continue;
            sent = frame.after_seq;
            hear({ type: "subscribed", session_id: "s", after_seq: sent, head: log.length });
          }
        };
        const page = (size: number) => {
          if (sent === undefined || sent >= log.length) return;
          const to = Math.min(log.length, sent + size);
          const frame = rangeOf(log, sent + 1, to);
          sent = to;
          hear(frame);
        };
        const cut = () => {
          status.set({ ...status.get(), state: "waiting" });
          sent = undefined;
          status.set({ ...status.get(), state: "live" });
          hear(HELLO);
        };
        // A hub that loses a hint goes on later: a hole for the viewer. One that goes back repeats itself.
        const move = (by: number) => {
          if (sent !== undefined) sent = Math.min(log.length, Math.max(0, sent + by));
        };
        const grow = (size: number) => {
          log = logOf(log.length + size);
        };
        const acts: Record<Action["act"], (size: number) => void> = {
          grow,
          live(size) {
            grow(size);
            page(size);
          },
          page,
          skip: move,
          repeat: (size) => move(-size),
          cut,
        };
        const run = ({ act, size }: Action) => {
          acts[act](size);
          serve();
        };
        serve();
        for (const each of actions) run(each);
        run({ act: "live", size: 1 });
        for (let rounds = 0; rounds < 50 && subscription.covered < log.length; rounds += 1) run({ act: "page", size: 1_000 });
        expect(got).toEqual(log.map((event) => event.seq));
        subscription.close();
      }),
      { numRuns: 500 },
    );
  });

  it("asks once for a hole, not once per late range", () => {
    const { socket, asked, hear } = scripted();
    createSubscriptions(socket)({ session_id: "s", after_seq: 0 }, { events: () => undefined });
    hear({ type: "subscribed", session_id: "s", after_seq: 0, head: 10 });
    const log = logOf(10);
    for (let seq = 5; seq <= 9; seq += 1) hear(rangeOf(log, seq, seq));
    expect(asked).toEqual([
      { type: "client.subscribe", session_id: "s", after_seq: 0 },
      { type: "client.subscribe", session_id: "s", after_seq: 0 },
    ]);
  });

  it("tells the hub only when the last follower of a session leaves", () => {
    const { socket, asked } = scripted();
    const follow = createSubscriptions(socket);
    const one = follow({ session_id: "s", after_seq: 0 }, { events: () => undefined });
    const two = follow({ session_id: "s", after_seq: 0 }, { events: () => undefined });
    one.close();
    one.close();
    expect(asked.some((frame) => frame.type === "client.unsubscribe")).toBe(false);
    two.close();
    expect(asked.filter((frame) => frame.type === "client.unsubscribe")).toHaveLength(1);
  });
});

describe("a subscription over a real connection", () => {
  let hub: ScriptedHub;
  let client: Client;
  beforeEach(async () => {
    hub = await startScriptedHub();
    client = createClient({ url: hub.url, token: "t", socket: { backoff: { first: 5, longest: 20 }, tick: 10 } });
    client.connect();
  });
  afterEach(async () => {
    client.close();
    await hub.stop();
  });

  it("goes on where it was after cuts and restarts", async () => {
    hub.logs.set("s", logOf(3));
    const got: number[] = [];
    client.subscribe({ session_id: "s", after_seq: 0 }, { events: (events) => got.push(...events.map((event) => event.seq)) });
    await until("the first three", () => got.length === 3);
    hub.cut();
    hub.logs.set("s", logOf(7));
    await until("what came meanwhile", () => got.length === 7);
    await hub.stop();
    hub.logs.set("s", logOf(9));
    await hub.restart();
    await until("the rest", () => got.length === 9);
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("ends with the hub's refusal", async () => {
    const refused = new Promise((resolve) => {
      client.subscribe({ session_id: "nobody", after_seq: 0 }, { events: () => undefined, refused: resolve });
    });
    expect(await refused).toMatchObject({ code: "NOT_FOUND" });
  });
});
