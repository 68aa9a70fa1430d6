/** Answers to approvals: sent once, held while the hub is away, taken back until they leave, and told who was first. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import { type KeyValueStorage, memoryStorage } from "./storage.ts";

const PLACE = { session_id: "s", approval_id: "p1" };
const ALLOW = { option_id: "yes", input_hash: "a".repeat(64) };

let hub: ScriptedHub;
let tabStorage: KeyValueStorage;
const clients: Client[] = [];
let asked: unknown[] = [];

function newClient(): Client {
  const client = createClient({ url: hub.url, token: "t", tabStorage, socket: { backoff: { first: 2, longest: 5 }, tick: 10 } });
  clients.push(client);
  return client;
}

beforeEach(async () => {
  hub = await startScriptedHub();
  tabStorage = memoryStorage();
  asked = [];
  hub.answer = ({ id, input }) => {
    asked.push(input);
    return { type: "result", id, output: { status: "answered", option_id: "yes" } };
  };
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await hub.stop();
});

const states = (client: Client) => client.answers.entries.get().map((entry) => entry.state);

describe("an answer", () => {
  it("waits for the connection, goes out once, and a second one to the same question is not taken", async () => {
    const client = newClient();
    expect(client.answers.give(PLACE, ALLOW)).toBe(true);
    expect(client.answers.give(PLACE, { option_id: "no" })).toBe(false);
    expect(states(client)).toEqual(["waiting"]);
    client.connect();
    await until("accepted", () => states(client)[0] === "accepted");
    expect(client.answers.give(PLACE, { option_id: "no" })).toBe(false);
    expect(asked).toEqual([{ ...PLACE, ...ALLOW }]);
  });

  it("can be taken back while it waits, and then is never sent", async () => {
    const client = newClient();
    client.answers.give(PLACE, ALLOW);
    expect(client.answers.takeBack(PLACE)).toBe(true);
    client.connect();
    await until("live", () => client.socket.status.get().state === "live");
    expect(states(client)).toEqual([]);
    client.answers.give({ session_id: "s", approval_id: "p2" }, ALLOW);
    await until("the other one accepted", () => states(client)[0] === "accepted");
    expect(asked).toEqual([{ session_id: "s", approval_id: "p2", ...ALLOW }]);
  });

  it("survives a reload of its tab and is not seen by another tab", async () => {
    newClient().answers.give(PLACE, ALLOW);
    const other = createClient({ url: hub.url, token: "t", tabStorage: memoryStorage() });
    clients.push(other);
    expect(states(other)).toEqual([]);
    const again = newClient();
    expect(states(again)).toEqual(["waiting"]);
    again.connect();
    await until("accepted", () => states(again)[0] === "accepted");
    expect(states(newClient())).toEqual([]);
  });

  it("is sent again when the connection broke on its way, and cannot be taken back meanwhile", async () => {
    let lost = false;
    hub.answer = ({ id, input }) => {
      asked.push(input);
      if (!lost) {
        lost = true;
        hub.refuseWith = 1013;
        hub.cut();
        return undefined;
      }
      return { type: "result", id, output: { status: "answered", option_id: "yes" } };
    };
    const client = newClient();
    client.connect();
    client.answers.give(PLACE, ALLOW);
    await until("unsure", () => client.answers.entries.get()[0]?.unsure === true && states(client)[0] === "waiting");
    expect(client.answers.takeBack(PLACE)).toBe(false);
    hub.refuseWith = undefined;
    await until("accepted", () => states(client)[0] === "accepted");
    expect(asked).toHaveLength(2);
  });

  it("keeps the hub's refusal until somebody answers again or looks away", async () => {
    hub.answer = ({ id }) => ({ type: "error", id, code: "CONFLICT", error: "Bob answered this already: no" });
    const client = newClient();
    client.connect();
    client.answers.give(PLACE, ALLOW);
    await until("refused", () => states(client)[0] === "refused");
    expect(client.answers.entries.get()[0]?.error).toEqual({ code: "CONFLICT", message: "Bob answered this already: no" });
    client.answers.forget(PLACE);
    expect(states(client)).toEqual([]);
  });

  it("is forgotten when another account has signed in on the device", async () => {
    tabStorage.setItem("fairlead.answer.s.p1", JSON.stringify({ ...PLACE, answer: ALLOW, user_id: "somebody-else" }));
    const client = newClient();
    expect(states(client)).toEqual(["waiting"]);
    client.connect();
    await until("dropped", () => states(client).length === 0);
    expect(asked).toEqual([]);
    expect(tabStorage.length).toBe(0);
  });
});
