/** Questions of real programs whose holder is cut off at that very moment: each is answered, and none twice. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { createViewers, openCommand, startTerminals, type TerminalHarness, type TestViewer } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness;
let viewers: ReturnType<typeof createViewers>;
let asked = 0;

/** Reads a key, asks where the cursor is, and shows all that it is given. */
const ASK = "printf '\\033[6n'";
const askingAfter = (before: string, after = "") => `stty raw -echo; printf ready; read -r -n1; ${before} ${ASK}; ${after} exec cat -v`;
const ASKING = askingAfter("");

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  await harness.runtime.stop();
  await hub.stop();
  removeDirectory(dataDir);
});

/** Opens a terminal with this script; the viewer that is returned holds it and has drawn all there is. */
async function hold(script = ASKING): Promise<TestViewer> {
  harness = await startTerminals(hub, dataDir, [
    { id: "shell", terminal: { command: "bash", args: ["--norc", "--noprofile", "-c", script], ring: "256KiB" } },
  ]);
  hub.command(openCommand("s"));
  await until("opened", () => hub.events("s").length > 0);
  viewers = createViewers(hub, "s");
  const viewer = viewers();
  await viewer.attach();
  give(viewer);
  await until("ready", () => viewer.picture().includes("ready"));
  return viewer;
}

function give(viewer: TestViewer): void {
  hub.send({ type: "terminal.hold", number: viewer.attached()?.number ?? -1, on: true });
}

async function ask(kind: "terminal.wait" | "terminal.write", more: Record<string, unknown>) {
  asked += 1;
  const id = `q-${asked}`;
  hub.send({ type: "request", id, request: { kind, session_id: "s", ...more } } as Parameters<TestHub["send"]>[0]);
  const find = () => hub.frames.find((frame) => frame.type === "response" && frame.id === id);
  await until("a response", () => find() !== undefined, 20_000);
  const found = find();
  if (found?.type !== "response") throw new Error("no response");
  return found;
}

/** Asks the question, without a key of anybody's, so that it comes when the test wants it. */
async function press(): Promise<void> {
  await ask("terminal.write", { data: "x" });
}

/** The answers that the program was given, once it was given this one and then, if any more were on their way, those. */
async function answers(timeout = 1_000): Promise<string[]> {
  const { waited } = await ask("terminal.wait", { pattern: "\\^\\[\\[\\d+;\\d+R", after_offset: 0, timeout });
  if (waited?.outcome !== "matched") return [];
  await ask("terminal.write", { data: "end" });
  await ask("terminal.wait", { pattern: "end", after_offset: 0, timeout: 5_000 });
  const whole = await ask("terminal.wait", { pattern: "ready[^]*end", after_offset: 0, timeout: 5_000 });
  return whole.waited?.match?.match(/\^\[\[\d+;\d+R/g) ?? [];
}

/** Its own answer differs from that of the runtime's screen. */
const OWN = "\x1b[9;9R";

async function receivedQuestion(viewer: TestViewer): Promise<void> {
  await until("the question", () => viewer.text().includes("\x1b[6n"));
}

test("a holder that draws the question answers it, alone", async () => {
  const viewer = await hold();
  await press();
  await receivedQuestion(viewer);
  expect(await answers(6_000)).toEqual([]);
  viewer.type(OWN);
  expect(await answers()).toEqual(["^[[9;9R"]);
}, 30_000);

test("a holder that was cut off with the question and stays away is answered for, and is not heard when it comes back with its answer", async () => {
  const viewer = await hold();
  viewer.drawing = false;
  await press();
  await receivedQuestion(viewer);
  viewer.detach();
  expect(await answers()).toEqual([]);
  expect(await answers(8_000)).toEqual(["^[[1;6R"]);
  // What it answered meanwhile waits among its keys.
  viewer.type(`a${OWN}b`);
  await viewer.attach();
  give(viewer);
  await until("its keys", () => viewer.text().includes("ab"));
  expect(viewer.text()).not.toContain("9;9R");
  // It counts for nothing but that once.
  viewer.type(OWN);
  await until("its next answer", () => viewer.text().includes("^[[9;9R"));
}, 30_000);

test("a holder that comes back in time, and was sent the question, answers it itself", async () => {
  const viewer = await hold();
  viewer.drawing = false;
  await press();
  await receivedQuestion(viewer);
  viewer.detach();
  viewer.type(OWN);
  await viewer.attach();
  give(viewer);
  await until("its answer", () => viewer.text().includes("^[[9;9R"));
  expect(await ask("terminal.wait", { pattern: "1;6R", after_offset: 0, timeout: 6_000 })).toMatchObject({
    waited: { outcome: "timeout" },
  });
}, 30_000);

test("a holder that comes back and was not sent the question is answered for at once, whether it gets exact bytes or the screen", async () => {
  for (const offset of [5, undefined]) {
    const viewer = await hold();
    viewer.drawing = false;
    await press();
    await receivedQuestion(viewer);
    viewer.detach();
    const from = offset === undefined ? {} : { terminal_id: "s-1", offset };
    hub.send({ type: "terminal.attach", number: 7, session_id: "s", viewer_id: viewer.viewer_id, ...from });
    hub.send({ type: "terminal.hold", number: 7, on: true });
    expect(await answers(2_000)).toEqual(["^[[1;6R"]);
    if (offset === undefined) continue;
    await harness.runtime.stop();
    await hub.stop();
    hub = await startTestHub();
    removeDirectory(dataDir);
    dataDir = temporaryDirectory();
  }
}, 30_000);

test("a holder that loses the question to the runtime's own cut is answered for", async () => {
  const viewer = await hold();
  viewer.drawing = false;
  await press();
  await receivedQuestion(viewer);
  const before = hub.connections();
  hub.cut();
  await until("back", () => hub.connections() > before && harness.runtime.link.state() === "live");
  expect(await answers(8_000)).toEqual(["^[[1;6R"]);
}, 30_000);

test("a holder that fell behind and catches up by the screen is answered for what it did not see", async () => {
  const flood = "head -c 1000000 /dev/zero | tr '\\0' ' ';";
  const viewer = await hold(askingAfter(flood, `${flood} printf done;`));
  viewer.drawing = false;
  await press();
  const { waited } = await ask("terminal.wait", { pattern: "done", after_offset: 1_500_000, timeout: 10_000 });
  expect(waited?.outcome).toBe("matched");
  viewer.drawing = true;
  viewer.send({ kind: "credit", position: viewer.drawn(), payload: new Uint8Array(0) });
  await until("the answer", () => /\^\[\[\d+;\d+R/.test(viewer.text()), 2_000);
  expect(viewer.text()).not.toContain("\x1b[6n");
  expect(viewer.snapshots()).toBeGreaterThan(1);
}, 30_000);

test("a holder that is there and draws nothing is answered for, and its late answer is left out", async () => {
  const viewer = await hold();
  viewer.drawing = false;
  await press();
  expect(await answers(8_000)).toEqual(["^[[1;6R"]);
  viewer.type(`a${OWN}b`);
  viewer.drawing = true;
  viewer.send({ kind: "credit", position: viewer.drawn(), payload: new Uint8Array(0) });
  viewer.type(OWN);
  await until("its next answer", () => viewer.text().includes("ab^[[9;9R"));
}, 30_000);

test("one who is given the hold after the question was answered here, and draws it only then, does not answer again", async () => {
  const viewer = await hold();
  hub.send({ type: "terminal.hold", number: viewer.attached()?.number ?? -1, on: false });
  viewer.drawing = false;
  await press();
  expect(await answers()).toEqual(["^[[1;6R"]);
  give(viewer);
  viewer.type(`a${OWN}b`);
  await until("its keys", () => viewer.text().includes("ab"));
  expect(viewer.text()).not.toContain("9;9R");
}, 30_000);
