/** Unsent messages: kept, resent in order, taken once by the hub whatever is cut and whoever else sends them. */
import { CONTRACTS, INITIAL_SESSION_STATE, type OperationInput, parseInput, reduceSession, type SessionEvent } from "@fairlead/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import { createDrafts } from "./drafts.ts";
import { openSession } from "./live-session.ts";
import { MAX_OUTBOX } from "./outbox.ts";
import { type KeyValueStorage, memoryStorage } from "./storage.ts";

let hub: ScriptedHub;
let storage: KeyValueStorage;
const clients: Client[] = [];
/** What the hub took, in order; a repeated id is answered as before and not taken again. */
let taken: OperationInput<"messages.send">[] = [];
/** The last number of the log before the first message. */
let last = 0;
let lose: (() => "before" | "after" | undefined) | undefined;

function newClient(): Client {
  const client = createClient({ url: hub.url, token: "t", storage, socket: { backoff: { first: 2, longest: 5 }, tick: 10 } });
  clients.push(client);
  return client;
}

beforeEach(async () => {
  hub = await startScriptedHub();
  storage = memoryStorage();
  taken = [];
  lose = undefined;
  last = 0;
  hub.answer = ({ id, input }) => {
    const message = parseInput(CONTRACTS["messages.send"].input, input);
    const loss = lose?.();
    if (loss === "before") {
      hub.cut();
      return undefined;
    }
    if (!taken.some((other) => other.message_id === message.message_id)) taken.push(message);
    if (loss === "after") {
      hub.cut();
      return undefined;
    }
    const seq = last + taken.findIndex((other) => other.message_id === message.message_id) + 1;
    return { type: "result", id, output: { seq, message_id: message.message_id, turn_id: `t${seq}` } };
  };
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await hub.stop();
});

const states = (client: Client) => client.outbox.entries.get().map((entry) => entry.state);

describe("the outbox", () => {
  it("keeps messages over a reload and sends them in order once there is a connection", async () => {
    const before = newClient();
    for (const text of ["one", "two", "three"]) before.outbox.add("s", text);
    before.close();
    const after = newClient();
    expect(after.outbox.entries.get().map((entry) => entry.content)).toEqual(["one", "two", "three"]);
    after.connect();
    await until("acknowledged", () => states(after).every((state) => state === "acknowledged"));
    expect(taken.map((message) => message.content)).toEqual(["one", "two", "three"]);
    expect(storage.length).toBe(0);
    expect(after.outbox.entries.get().map((entry) => entry.seq)).toEqual([1, 2, 3]);
  });

  it("gets each message taken once and in order through any losses, before and after the hub took it", async () => {
    const losses = fc.array(fc.constantFrom("before" as const, "after" as const, undefined), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(losses, fc.integer({ min: 1, max: 6 }), async (plan, count) => {
        taken = [];
        const left = [...plan];
        lose = () => left.shift();
        const client = newClient();
        const texts = Array.from({ length: count }, (_, index) => `message ${index}`);
        for (const text of texts) client.outbox.add("s", text);
        client.connect();
        await until("all acknowledged", () => states(client).every((state) => state === "acknowledged"));
        expect(taken.map((message) => message.content)).toEqual(texts);
        client.close();
      }),
      { numRuns: 15 },
    );
  });

  it("does no harm when two tabs send the same messages", async () => {
    const tabs = [newClient(), newClient()] as const;
    tabs[0].outbox.add("s", "one");
    tabs[0].outbox.add("s", "two");
    const late = newClient();
    for (const tab of [...tabs, late]) tab.connect();
    await until("both finished", () => [tabs[0], late].every((tab) => states(tab).every((state) => state === "acknowledged")));
    expect(taken.map((message) => message.content)).toEqual(["one", "two"]);
  });

  it("shows a refusal, lets later messages pass, and sends the refused one again or forgets it", async () => {
    const usual = hub.answer;
    hub.answer = (call) =>
      JSON.stringify(call.input).includes("bad") ? { type: "error", id: call.id, code: "CONFLICT", error: "closed" } : usual(call);
    const client = newClient();
    const bad = client.outbox.add("s", "bad");
    client.outbox.add("s", "good");
    client.connect();
    await until("settled", () => states(client).join() === "refused,acknowledged");
    expect(client.outbox.entries.get()[0]?.error).toEqual({ code: "CONFLICT", message: "closed" });
    const reloaded = newClient();
    expect(states(reloaded)).toEqual(["refused"]);
    expect(reloaded.outbox.discard(bad)).toBe(true);
    expect(storage.length).toBe(0);
    hub.answer = usual;
    client.outbox.retry(bad);
    await until("taken", () => taken.some((message) => message.content === "bad"));
  });

  it("does not send for another person who signed in on the same device", async () => {
    const mine = newClient();
    mine.connect();
    await until("live", () => mine.socket.status.get().state === "live");
    hub.answer = () => undefined;
    const id = mine.outbox.add("s", "mine");
    mine.close();
    const key = `fairlead.outbox.${id}`;
    storage.setItem(key, (storage.getItem(key) ?? "").replace('"user_id":"u1"', '"user_id":"u2"'));
    const other = newClient();
    other.connect();
    await until("live", () => other.socket.status.get().state === "live");
    expect(states(other)).toEqual(["unsent"]);
  });

  it("is bounded and refuses what the hub would refuse", () => {
    const client = newClient();
    expect(() => client.outbox.add("s", "")).toThrow(/empty/);
    expect(() => client.outbox.add("s", "é".repeat(40_000))).toThrow(/65536 bytes/);
    for (let count = 0; count < MAX_OUTBOX; count += 1) client.outbox.add("s", `${count}`);
    expect(() => client.outbox.add("s", "one more")).toThrow(/100 messages wait/);
  });
});

describe("drafts", () => {
  it("survive a reload, forget what was emptied and are bounded", () => {
    createDrafts(storage).set("s", "half a sent");
    expect(createDrafts(storage).get("s")).toBe("half a sent");
    createDrafts(storage).set("s", "");
    expect(storage.length).toBe(0);
    for (let count = 0; count < 300; count += 1) createDrafts(storage).set(`s${count}`, "x");
    expect(storage.length).toBe(200);
    expect(createDrafts(storage).get("s299")).toBe("x");
  });
});

describe("an open session", () => {
  const BY = { id: "u1", name: "anna" };
  const by = (drafts: object[]) => drafts.map((draft, index) => ({ ...draft, session_id: "s", seq: index + 1, at: 1 }) as SessionEvent);
  const created = { type: "session.created", endpoint_id: "e", title: "Title", by: BY };
  const chatter = (count: number) => Array.from({ length: count }, (_, index) => ({ type: "notice", level: "info", text: `${index}` }));

  function serve(log: SessionEvent[]) {
    hub.logs.set("s", log);
    last = log.length;
    const posting = hub.answer;
    hub.answer = (call) => {
      if (call.operation === "messages.send") return posting(call);
      const stored = hub.logs.get("s") ?? [];
      const { before_seq, limit, include } = call.input as { before_seq: number; limit: number; include?: "state" };
      const to = Math.min(stored.length, before_seq - 1);
      const from = Math.max(1, to - limit + 1);
      const events = stored.slice(from - 1, to);
      const state = include === undefined ? {} : { state: stored.reduce(reduceSession, INITIAL_SESSION_STATE) };
      return { type: "result", id: call.id, output: { from, to: from + events.length - 1, head: stored.length, events, ...state } };
    };
  }

  it("opens at the end, loads older pages, follows what is new, and shows a sent message until the log has it", async () => {
    serve(by([created, ...chatter(24)]));
    const client = newClient();
    client.connect();
    const session = openSession(client, "s", { page: 10 });
    const state = () => session.store.get();
    await until("caught up", () => state().caught_up);
    expect([state().view.first, state().view.last, state().has_older]).toEqual([16, 25, true]);
    // Known although the event that set it is not among those loaded.
    expect(state().view.state.title).toBe("Title");
    await session.loadOlder();
    await session.loadOlder();
    expect([state().view.first, state().has_older, state().view.state.title]).toEqual([1, false, "Title"]);

    const id = session.send("hello");
    expect(state().outgoing.map((entry) => entry.message_id)).toEqual([id]);
    await until("stored", () => taken.length === 1);
    expect(state().outgoing).toHaveLength(1);
    const log = by([created, ...chatter(24), { type: "message.posted", message_id: id, turn_id: "t1", content: "hello", by: BY }]);
    hub.logs.set("s", log);
    hub.broadcast({ type: "range", session_id: "s", from: 26, to: 26, head: 26, events: log.slice(25) });
    await until("shown by the log", () => state().view.waiting.length === 1);
    expect(state().outgoing).toEqual([]);
    session.close();
  });

  it("says when the session is not there", async () => {
    hub.answer = ({ id }) => ({ type: "error", id, code: "NOT_FOUND", error: "there is no such session" });
    const client = newClient();
    client.connect();
    const session = openSession(client, "nobody");
    await until("failed", () => session.store.get().phase === "failed");
    expect(session.store.get().error?.code).toBe("NOT_FOUND");
    session.close();
  });

  it("stays bounded when the log grows and grows", async () => {
    serve(by([created, ...chatter(99)]));
    const client = newClient();
    client.connect();
    const session = openSession(client, "s", { page: 30, most: 50 });
    await until("caught up", () => session.store.get().caught_up);
    const log = by([created, ...chatter(499)]);
    hub.logs.set("s", log);
    hub.broadcast({ type: "range", session_id: "s", from: 101, to: 500, head: 500, events: log.slice(100) });
    await until("followed", () => session.store.get().view.last === 500);
    expect(session.store.get().view.first).toBeGreaterThan(450);
    session.close();
  });
});
