/** Unsent messages: kept, resent in order, taken once by the hub whatever is cut and whoever else sends them. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTRACTS, type OperationInput, parseInput } from "@fairlead/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import { directoryStorage } from "./node.ts";
import { MAX_OUTBOX } from "./outbox.ts";
import { type KeyValueStorage, memoryStorage } from "./storage.ts";

let hub: ScriptedHub;
let storage: KeyValueStorage;
const clients: Client[] = [];
/** What the hub took, in order; a repeated id is answered as before and not taken again. */
let taken: OperationInput<"messages.send">[] = [];
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
    const seq = taken.findIndex((other) => other.message_id === message.message_id) + 1;
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

  it("keeps over a reload what goes with a message, and sends it along", async () => {
    const before = newClient();
    const file = { file_id: "f1", name: "a.png", mime_type: "image/png", size: 3 };
    before.outbox.add("s", "look", { attachments: [file], steer: true });
    before.close();
    const after = newClient();
    expect(after.outbox.entries.get()).toMatchObject([{ content: "look", attachments: [file], steer: true }]);
    after.connect();
    await until("taken", () => taken.length === 1);
    expect(taken[0]).toMatchObject({ content: "look", attachments: ["f1"], steer: true });
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

  it("keeps messages in a directory, for programs", () => {
    const directory = mkdtempSync(join(tmpdir(), "fairlead-outbox-"));
    try {
      storage = directoryStorage(directory);
      const id = newClient().outbox.add("s:1", "kept");
      storage = directoryStorage(directory);
      const again = newClient();
      expect(again.outbox.entries.get().map((entry) => [entry.message_id, entry.content])).toEqual([[id, "kept"]]);
      again.outbox.discard(id);
      expect(readdirSync(directory)).toEqual([]);
      expect(storage.getItem("nothing")).toBeNull();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("is bounded and refuses what the hub would refuse", () => {
    const client = newClient();
    expect(() => client.outbox.add("s", "")).toThrow(/empty/);
    expect(() => client.outbox.add("s", "é".repeat(40_000))).toThrow(/65536 bytes/);
    for (let count = 0; count < MAX_OUTBOX; count += 1) client.outbox.add("s", `${count}`);
    expect(() => client.outbox.add("s", "one more")).toThrow(/100 messages wait/);
  });
});
