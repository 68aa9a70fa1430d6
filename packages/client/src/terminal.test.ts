/** A view of a terminal over real sockets: states, size, hold, bounds, and what a reload and a second view do. */
import { encodeTerminalFrame } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedHub, startScriptedHub } from "../test/scripted-hub.ts";
import { createScriptedTerminal, type ScriptedTerminal } from "../test/scripted-terminal.ts";
import { until } from "../test/until.ts";
import { type Client, createClient } from "./client.ts";
import type { Terminal, TerminalOptions } from "./terminal.ts";
import { MAX_WAITING_INPUT_BYTES } from "./terminal-input.ts";

let hub: ScriptedHub;
let program: ScriptedTerminal;
const clients: Client[] = [];

function connect(): Client {
  const client = createClient({ url: hub.url, token: "secret", socket: { backoff: { first: 10, longest: 40 }, tick: 10 } });
  clients.push(client);
  client.connect();
  return client;
}

/** A view that draws at once and remembers what it was told. */
function watch(options: Partial<TerminalOptions> = {}, client = connect()) {
  const seen = { text: "", resets: 0, sizes: [] as string[] };
  const view: Terminal = client.terminal(
    { session_id: "s", viewer_id: "v-1", ...options },
    {
      output(bytes) {
        seen.text += Buffer.from(bytes).toString();
        view.drawn(bytes.length);
      },
      reset() {
        seen.text = "";
        seen.resets += 1;
      },
      size: ({ cols, rows }) => void seen.sizes.push(`${cols}x${rows}`),
    },
  );
  const state = () => view.status.get().state;
  return { client, view, seen, state, live: () => until("live", () => state() === "live" && view.status.get().viewers.length > 0) };
}

const text = (value: string) => new TextEncoder().encode(value);
const asked = () => hub.received.filter((frame) => frame.type === "terminal.attach");
const given = () => Buffer.from(program.given).toString();

beforeEach(async () => {
  hub = await startScriptedHub();
  program = createScriptedTerminal({ ring: 1_000, window: 256 * 1024, piece: 64 * 1024 });
  hub.terminal = program;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await hub.stop();
});

describe("a view of a terminal over a socket", () => {
  it("shows what the program writes and gives it what is typed, and says who holds the keys", async () => {
    program.write(text("hello "));
    const { view, seen, live } = watch();
    expect(view.write("ls")).toBe(true);
    expect(view.status.get().waiting).toBe(2);
    await live();
    program.write(text("world"));
    await until("drawn", () => seen.text === "hello world");
    await until("taken", () => view.status.get().waiting === 0);
    expect(given()).toBe("ls");
    expect(view.status.get()).toMatchObject({ holds: true, holder: "v-1", terminal_id: "t-1", size: { cols: 80, rows: 24 } });
  });

  it("goes on by itself where it stood after the connection was cut, with what was typed meanwhile", async () => {
    const { view, seen, state, live } = watch();
    await live();
    program.write(text("before "));
    await until("drawn", () => seen.text === "before ");
    const { resets } = seen;
    hub.cut();
    await until("noticed", () => state() === "attaching");
    const since = view.status.get().since;
    program.write(text("meanwhile "));
    expect(view.write("keys")).toBe(true);
    expect(Date.now() - since).toBeLessThan(2_000);
    await live();
    await until("typed", () => given() === "keys");
    await until("drawn", () => seen.text === "before meanwhile ");
    expect(seen.resets).toBe(resets);
  });

  it("is drawn anew when more was missed than is kept", async () => {
    const { seen, state, live } = watch();
    await live();
    const { resets } = seen;
    await hub.stop();
    await until("noticed", () => state() === "attaching");
    program.write(text("x".repeat(3_000)));
    await hub.restart();
    await live();
    await until("drawn", () => seen.text.length === 3_000);
    expect(seen.resets).toBeGreaterThan(resets);
  });

  it("counts its keys on after a reload, from where the runtime says it stands", async () => {
    const first = watch();
    await first.live();
    first.view.write("one ");
    await until("taken", () => first.view.status.get().waiting === 0);
    first.client.close();
    await until("gone", () => hub.connections() === 0);
    const second = watch();
    await second.live();
    second.view.write("two");
    await until("typed", () => given() === "one two");
  });

  it("says no when too much waits, and takes all or nothing", async () => {
    const { view, state, live } = watch();
    await live();
    await hub.stop();
    await until("noticed", () => state() === "attaching");
    expect(view.write(new Uint8Array(MAX_WAITING_INPUT_BYTES - 1))).toBe(true);
    expect(view.write("ab")).toBe(false);
    expect(view.write("a")).toBe(true);
    expect(view.write("a")).toBe(false);
    expect(view.status.get().waiting).toBe(MAX_WAITING_INPUT_BYTES);
    await hub.restart();
    await until("all typed", () => program.given.length === MAX_WAITING_INPUT_BYTES);
    await until("room", () => view.status.get().waiting === 0);
  });

  it("types nothing while another view holds the keys, and takes them over when told", async () => {
    const first = watch();
    await first.live();
    const second = watch({ viewer_id: "v-2" });
    await second.live();
    expect(second.view.status.get()).toMatchObject({ holds: false, holder: "v-1" });
    expect(second.view.write("no")).toBe(false);
    second.view.resize({ cols: 100, rows: 30 });
    second.view.hold(true);
    await until("taken over", () => second.view.status.get().holds && !first.view.status.get().holds);
    expect(first.view.write("no")).toBe(false);
    expect(second.view.write("yes")).toBe(true);
    await until("typed", () => given() === "yes");
    await until("both have the new size", () => first.seen.sizes.at(-1) === "100x30" && second.seen.sizes.at(-1) === "100x30");
    first.client.socket.check();
    hub.cut();
    await until("back", () => first.state() === "live" && second.state() === "live" && second.view.status.get().holds);
    expect(first.view.status.get().holds).toBe(false);
    second.view.hold(false);
    await until("given back", () => second.view.status.get().holder === null);
    expect(second.view.write("no")).toBe(false);
  });

  it("asks for its size when it comes to hold the terminal, and not again for the size it has", async () => {
    const { client, view, seen, live } = watch();
    const sent: string[] = [];
    const { sendBytes } = client.socket;
    client.socket.sendBytes = (bytes) => {
      if (bytes[0] === 17) sent.push("resize");
      return sendBytes(bytes);
    };
    view.resize({ cols: 90, rows: 20 });
    await live();
    await until("resized", () => seen.sizes.at(-1) === "90x20");
    view.resize({ cols: 90, rows: 20 });
    view.resize({ cols: 91, rows: 20 });
    view.resize({ cols: 90, rows: 20 });
    await until("the last size holds", () => sent.length === 3 && seen.sizes.length === 3);
    expect(seen.sizes.at(-1)).toBe("90x20");
  });

  it("waits while the runtime is away, and types what was typed then", async () => {
    const { view, state, live } = watch();
    await live();
    program.end("away");
    await until("away", () => state() === "away");
    expect(view.write("later")).toBe(true);
    program.open();
    await live();
    await until("typed", () => given() === "later");
  });

  it("forgets keys for a program that ended, and begins the next run with an empty screen", async () => {
    const { view, seen, state, live } = watch();
    await live();
    program.write(text("old"));
    await until("drawn", () => seen.text === "old");
    hub.cut();
    await until("noticed", () => state() === "attaching");
    view.write("rm -rf old");
    program.end("ended");
    await until("ended", () => state() === "ended");
    expect([view.status.get().waiting, view.write("x")]).toEqual([0, false]);
    program.open("t-2");
    await live();
    program.write(text("new"));
    await until("drawn", () => seen.text === "new");
    expect([given(), view.status.get().terminal_id]).toEqual(["", "t-2"]);
  });

  it("leaves the terminal to the same view opened elsewhere, until it is asked to come back", async () => {
    const first = watch();
    await first.live();
    const second = watch();
    await second.live();
    await until("replaced", () => first.state() === "replaced");
    const lines = [first, second].map(({ client }) => client.socket.status);
    const before = lines.map((line) => line.get().since);
    hub.cut();
    await until("both reconnected", () => lines.every((line, index) => line.get().state === "live" && line.get().since !== before[index]));
    await second.live();
    expect(first.state()).toBe("replaced");
    first.view.retry();
    await until("swapped", () => first.state() === "live" && second.state() === "replaced");
  });

  it("tells why it may not watch, and asks again after each reconnect only", async () => {
    hub.terminal = undefined;
    const { view, state } = watch();
    await until("asked", () => asked().length === 1);
    hub.broadcast({
      type: "terminal.detached",
      number: asked().at(-1)?.number ?? 0,
      reason: "forbidden",
      error: "it is not shared with you",
    });
    await until("told", () => state() === "forbidden");
    expect(view.status.get().error).toBe("it is not shared with you");
    hub.cut();
    await until("asked again", () => asked().length === 2);
  });

  it("asks again where no answer comes, and is not harmed by frames that are none", async () => {
    hub.terminal = undefined;
    const { client, state } = watch({ patience: { attach: 50, input: 1_000 } });
    await until("asked", () => asked().length >= 3);
    expect(state()).toBe("attaching");
    hub.terminal = program;
    hub.cut();
    await until("live", () => state() === "live");
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array([99, 1, 2]),
      encodeTerminalFrame("size", asked().at(-1)?.number ?? 0, 0, new Uint8Array(3)),
    ]) {
      hub.broadcastBytes(bytes);
    }
    await client.call("me.get", {}).catch(() => undefined);
    expect(state()).toBe("live");
  });

  it("has nothing more to do with a terminal it left", async () => {
    const { view, seen, live } = watch();
    await live();
    view.detach();
    await until("left", () => program.holder === null);
    program.write(text("unseen"));
    hub.cut();
    await until("reconnected", () => hub.received.filter((frame) => frame.type === "client.hello").length === 2);
    expect([seen.text, view.status.get().state, view.write("x")]).toEqual(["", "detached", false]);
  });
});
