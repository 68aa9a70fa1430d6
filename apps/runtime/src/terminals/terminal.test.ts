/** Terminals under load and under misuse, each with real programs over a real socket. */
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTerminalFrame, encodeTerminalSize, TERMINAL_WINDOW_BYTES } from "@fairlead/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { newTerminal, stateOf, write } from "../../test/screens.ts";
import { createViewers, openCommand, startTerminals, type TerminalHarness, type TestViewer } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness;

const bash = (script: string) => ({ command: "bash", args: ["--norc", "--noprofile", "-c", script] });

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  await harness.runtime.stop();
  await hub.stop();
  removeDirectory(dataDir);
});

/** Opens a terminal that runs this script and shows it to one viewer. */
async function show(script: string, changes: Record<string, unknown> = {}): Promise<TestViewer> {
  await open(script, changes);
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  return viewer;
}

async function open(script: string, changes: Record<string, unknown> = {}): Promise<void> {
  harness = await startTerminals(hub, dataDir, [{ id: "shell", terminal: { ...bash(script), ...changes } }]);
  hub.command(openCommand("s"));
  await until("opened", () => hub.events("s").length > 0);
}

const closed = () => hub.events("s").some(({ type }) => type === "terminal.closed");

test("20 MB through three cuts arrive byte for byte, in order, once", async () => {
  // Random bytes may ask the terminal something, and be answered: what comes after them must not read.
  const content = randomBytes(20 * 1024 * 1024);
  writeFileSync(join(dataDir, "big"), content);
  const viewer = await show(`stty raw -echo; read -r -n1; cat ${join(dataDir, "big")}; sleep 1000`);
  viewer.keepOutput = false;
  await until("drawn", () => viewer.snapshots() === 1);
  viewer.type("x");
  for (const third of [1, 2, 3]) {
    await until(`${third} quarters`, () => viewer.received() > (third * content.length) / 4, 30_000);
    const cutAt = hub.connections();
    hub.cut();
    await until("back", () => hub.connections() > cutAt && harness.runtime.link.state() === "live");
    await viewer.attach();
  }
  await until("the last byte", () => viewer.received() >= content.length, 30_000);
  expect(viewer.received()).toBe(content.length);
  expect(viewer.digest()).toBe(createHash("sha256").update(content).digest("hex"));
  expect(viewer.snapshots()).toBe(1);
}, 90_000);

test("characters split at every byte reach the viewer and the screen whole", async () => {
  const text = "aé漢👍🇩🇪e\u0301ﬁ";
  const bytes = Buffer.from(text);
  const octal = [...bytes].map((byte) => `printf '\\${byte.toString(8).padStart(3, "0")}'; sleep 0.002`).join("; ");
  const viewer = await show(`stty raw -echo; printf 'ready\\r\\n'; read -r -n1; ${octal}; read -r -n1`);
  // Only then is its own echo off.
  await until("ready", () => viewer.picture().includes("ready"));
  const before = viewer.received();
  viewer.type("x");
  await until("all", () => viewer.received() === before + bytes.length);
  expect(Buffer.from(viewer.text().slice(before), "latin1").toString("utf8")).toBe(text);
  hub.send({ type: "request", id: "q", request: { kind: "terminal.screen", session_id: "s", history: 0 } });
  await until("the screen", () => hub.frames.some((frame) => frame.type === "response" && frame.screen?.lines[1] === text));
});

test("yes: memory stays bounded, Ctrl-C ends it at once, and a viewer that looks later sees the same screen", async () => {
  const viewer = await show("trap 'echo stopped; sleep 1000' INT; yes 'a line of output'; echo");
  viewer.keepOutput = false;
  await until("much output", () => viewer.received() > 20_000_000, 30_000);
  const rss = process.memoryUsage().rss;
  await until("more output", () => viewer.received() > 40_000_000, 30_000);
  expect(process.memoryUsage().rss - rss).toBeLessThan(96 * 1024 * 1024);
  viewer.keepOutput = true;
  const before = viewer.received();
  viewer.type("\x03");
  await until("stopped", () => viewer.text().includes("stopped"), 20_000);
  // No more was still to come than the ring, the window and what the kernel holds: the key did not wait behind the flood.
  expect(viewer.received() - before).toBeLessThan(8 * 1024 * 1024);
}, 90_000);

test("a viewer that stops reading holds the program up for two seconds, then no longer, and catches up by a snapshot", async () => {
  const script =
    'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo "line $i of the output that is long enough to fill a ring"; done; echo finished; sleep 1000';
  const viewer = await show(`read -r -n1; ${script}`, { ring: "256KiB" });
  await until("drawn", () => viewer.snapshots() === 1);
  viewer.drawing = false;
  const before = viewer.drawn();
  viewer.type("x");
  await until("a full window", () => viewer.received() >= TERMINAL_WINDOW_BYTES - 1_024);
  hub.send({ type: "request", id: "q", request: { kind: "terminal.wait", session_id: "s", pattern: "^finished", timeout: 15_000 } });
  await until(
    "the program goes on",
    () => hub.frames.some((frame) => frame.type === "response" && frame.waited?.outcome === "matched"),
    20_000,
  );
  expect(viewer.drawn() - before).toBeLessThanOrEqual(TERMINAL_WINDOW_BYTES);
  viewer.drawing = true;
  viewer.send({ kind: "credit", position: viewer.drawn(), payload: new Uint8Array(0) });
  await until("a second snapshot", () => viewer.snapshots() === 2);
  await until("the end of it", () => viewer.picture().includes("finished"));
}, 60_000);

test("a viewer that draws a byte now and then is left behind as one that draws nothing", async () => {
  const viewer = await show("read -r -n1; yes 'a line of output that is long enough' | head -c 12000000; echo; echo finished; sleep 1000", {
    ring: "256KiB",
  });
  await until("drawn", () => viewer.snapshots() === 1);
  viewer.drawing = false;
  let credited = viewer.drawn();
  const trickle = setInterval(() => {
    if (credited < viewer.drawn()) credited += 1;
    viewer.send({ kind: "credit", position: credited, payload: new Uint8Array(0) });
  }, 100);
  try {
    viewer.type("x");
    hub.send({ type: "request", id: "q", request: { kind: "terminal.wait", session_id: "s", pattern: "^finished", timeout: 15_000 } });
    const answer = () => hub.frames.find((frame) => frame.type === "response");
    await until("an answer", () => answer() !== undefined, 20_000);
    expect(answer()).toMatchObject({ waited: { outcome: "matched" } });
  } finally {
    clearInterval(trickle);
  }
  viewer.drawing = true;
  viewer.send({ kind: "credit", position: viewer.drawn(), payload: new Uint8Array(0) });
  await until("the end of it", () => viewer.picture().includes("finished"));
}, 60_000);

test("what a viewer that came late was drawn, and what it gets after that, is what the program wrote", async () => {
  const script =
    "printf '\\033[31mred\\033[0m\\r\\n\\033[?2004h\\033]2;name\\007'; ls -la --color=always /usr/bin | head -200; read -r -n1; echo more; sleep 1000";
  await open(script);
  const early = createViewers(hub, "s")();
  await early.attach();
  await until("output", () => (early.position() ?? 0) > 10_000);
  const late = createViewers(hub, "s")();
  await late.attach();
  await until("drawn", () => late.snapshots() === 1);
  early.type("x");
  await until("more", () => early.text().includes("more") && late.text().includes("more"));
  const screens = await Promise.all(
    [early, late].map(async (viewer) => {
      const terminal = newTerminal(80, 24, 10_000);
      await write(terminal, viewer.picture());
      const state = stateOf(terminal);
      terminal.dispose();
      return state;
    }),
  );
  expect(screens[0]).toEqual(screens[1]);
});

test("keys are given once over cuts, repeats, gaps and forged numbers", async () => {
  const viewer = await show("stty raw -echo; echo ready; cat");
  await until("ready", () => viewer.picture().includes("ready"));
  viewer.type("abc");
  await until("echoed", () => viewer.text().endsWith("abc") && viewer.taken() === 3);
  // Repeated, half repeated, after a gap, under another number, and nonsense.
  viewer.send({ kind: "input", position: 0, payload: Buffer.from("abc") });
  viewer.send({ kind: "input", position: 99, payload: Buffer.from("gap") });
  viewer.send({ kind: "credit", position: 2 ** 50, payload: new Uint8Array(0) });
  viewer.send({ kind: "output", position: 0, payload: Buffer.from("zzz") });
  viewer.send({ kind: "resize", position: 0, payload: Buffer.from("bad") });
  hub.sendBytes(encodeTerminalFrame("input", 4_000_000_000, 0, Buffer.from("forged")));
  hub.sendBytes(new Uint8Array([16]));
  hub.sendBytes(new Uint8Array([99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  hub.cut();
  viewer.type("def");
  await until("back", () => hub.connections() === 2 && harness.runtime.link.state() === "live");
  await viewer.attach();
  viewer.send({ kind: "input", position: 2, payload: Buffer.from("cdef!") });
  await until("all", () => viewer.text().endsWith("!"));
  expect(viewer.text().replace(/^(ready)?\n?/, "")).toBe("abcdef!");
});

test("a storm of sizes ends at the last one, and impossible ones are brought into bounds", async () => {
  // A trap of SIGWINCH would not do: bash forgets a signal that comes while it runs what it does at that signal.
  const viewer = await show(
    'echo up; while :; do now=$(stty size); [ "$now" = "$last" ] || echo "$now"; last=$now; read -t 0.05 -r _; done',
  );
  await until("up", () => viewer.picture().includes("up"));
  for (let round = 0; round < 500; round += 1) viewer.resize(50 + (round % 40), 10 + (round % 20));
  viewer.resize(0, 0);
  await until("the smallest", () => /^1 2\r$/m.test(viewer.text()));
  expect(viewer.sizes.length).toBeLessThan(50);
  viewer.resize(10_000, 10_000);
  await until("the largest", () => /^500 1000\r$/m.test(viewer.text()));
  expect(viewer.sizes.at(-1)).toMatchObject({ cols: 1_000, rows: 500 });
  viewer.send({ kind: "resize", position: 0, payload: encodeTerminalSize({ cols: 90, rows: 30 }) });
  await until("the last", () => /^30 90\r$/m.test(viewer.text()));
});

test("offsets that make no sense are answered with the screen", async () => {
  const viewer = await show("echo hello; sleep 1000");
  await until("output", () => viewer.picture().includes("hello"));
  for (const position of [{ terminal_id: "s-1", offset: 1_000_000 }, { terminal_id: "other", offset: 2 }, { offset: 2 }]) {
    const resets: number[] = [];
    const before = hub.onTerminalFrame;
    hub.onTerminalFrame = (frame) => {
      before(frame);
      if (frame.number === 7 && frame.kind === "reset") resets.push(frame.position);
    };
    hub.send({ type: "terminal.attach", number: 7, session_id: "s", viewer_id: "odd", ...position });
    await until("a reset", () => resets.length === 1);
    hub.onTerminalFrame = before;
  }
});

test("a key is echoed soon while 20 terminals flood the same socket", async () => {
  const flood = { id: "flood", terminal: bash("read -r -n1; yes flooding with text") };
  harness = await startTerminals(hub, dataDir, [{ id: "shell", terminal: bash("stty raw -echo; cat") }, flood], { max_sessions: 50 });
  hub.command(openCommand("s"));
  const floods = Array.from({ length: 20 }, (_, index) => `flood-${index}`);
  for (const session of floods) hub.command(openCommand(session, { endpoint_id: "flood" }));
  await until("all open", () => ["s", ...floods].every((session) => hub.events(session).length > 0), 20_000);
  const viewers = floods.map((session) => createViewers(hub, session)());
  for (const viewer of viewers) viewer.keepOutput = false;
  await Promise.all(viewers.map((viewer) => viewer.attach()));
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  for (const each of viewers) each.type("\n");
  await until("a flood", () => viewers.every((each) => each.received() > 100_000), 20_000);
  const flooded = () => viewers.reduce((sum, each) => sum + each.received(), 0);
  /** What the floods sent between a key and its echo. */
  const between: number[] = [];
  for (let key = 1; key <= 20; key += 1) {
    const before = flooded();
    viewer.type("k");
    await until("the echo", () => viewer.received() >= key);
    between.push(flooded() - before);
  }
  between.sort((a, b) => a - b);
  // Less than one window of each: the echo went before what the floods had ready.
  expect(between[10]).toBeLessThan(viewers.length * TERMINAL_WINDOW_BYTES);
}, 90_000);

test("an exit is told after the last output, also to one who attaches too late", async () => {
  const viewer = await show("read -r -n1; echo bye; exit 3");
  viewer.type("x");
  await until("the end", () => closed() && viewer.detachedFor() === "ended");
  expect(viewer.text()).toContain("bye");
  expect(hub.events("s").at(-1)).toMatchObject({ reason: "exit", exit_code: 3 });
  await expect(createViewers(hub, "s")().attach()).rejects.toThrow("ended");
});
