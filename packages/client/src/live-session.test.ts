/** One session as a screen holds it: opened at its end, followed live, bounded. */
import { INITIAL_SESSION_STATE, reduceSession, type SessionEvent } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import { openSession } from "./live-session.ts";

let hub: ScriptedHub;
let client: Client;
/** Ids of the messages the hub took. */
let taken: string[] = [];

beforeEach(async () => {
  taken = [];
  hub = await startScriptedHub();
  client = createClient({ url: hub.url, token: "t", socket: { backoff: { first: 2, longest: 5 }, tick: 10 } });
  client.connect();
});
afterEach(async () => {
  client.close();
  await hub.stop();
});

describe("an open session", () => {
  const BY = { id: "u1", name: "anna" };
  const by = (drafts: object[]) => drafts.map((draft, index) => ({ ...draft, session_id: "s", seq: index + 1, at: 1 }) as SessionEvent);
  const created = { type: "session.created", endpoint_id: "e", title: "Title", by: BY };
  const chatter = (count: number) => Array.from({ length: count }, (_, index) => ({ type: "notice", level: "info", text: `${index}` }));

  function serve(log: SessionEvent[]) {
    hub.logs.set("s", log);
    hub.answer = (call) => {
      if (call.operation === "messages.send") {
        const { message_id = "" } = call.input as { message_id?: string };
        taken.push(message_id);
        const output = { seq: log.length + taken.length, message_id, turn_id: `t${taken.length}` };
        return { type: "result", id: call.id, output };
      }
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

  it("reads the log again when the hub came back with a shorter one", async () => {
    serve(by([created, ...chatter(24)]));
    const session = openSession(client, "s", { page: 10 });
    const state = () => session.store.get();
    await until("caught up", () => state().caught_up && state().view.last === 25);
    const log = by([created, ...chatter(11)]);
    hub.logs.set("s", log);
    hub.cut();
    await until("what the hub has now", () => state().caught_up && state().view.last === 12);
    const more = by([created, ...chatter(12)]);
    hub.logs.set("s", more);
    hub.broadcast({ type: "range", session_id: "s", from: 13, to: 13, head: 13, events: more.slice(12) });
    await until("what is new", () => state().view.last === 13);
    session.close();
  });

  it("says when the session is not there", async () => {
    hub.answer = ({ id }) => ({ type: "error", id, code: "NOT_FOUND", error: "there is no such session" });
    const session = openSession(client, "nobody");
    await until("failed", () => session.store.get().phase === "failed");
    expect(session.store.get().error?.code).toBe("NOT_FOUND");
    session.close();
  });

  it("stays bounded when the log grows and grows", async () => {
    serve(by([created, ...chatter(99)]));
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
