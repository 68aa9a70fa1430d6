/** Terminals through the whole runtime: opened by command, seen and typed into over a real socket, ended and told in the log. */
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { MAX_RUNTIME_FRAME_BYTES, type RuntimeRequest } from "@fairlead/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory, turnStart } from "../../test/runtime-harness.ts";
import { createViewers, openCommand, startTerminals, type TerminalHarness } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";

let dataDir: string;
let hub: TestHub;
const running = new Set<TerminalHarness>();
const SHELL = { id: "shell", terminal: { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " } } };

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  for (const harness of running) await harness.runtime.stop();
  running.clear();
  await hub.stop();
  removeDirectory(dataDir);
});

async function start(endpoints: readonly Record<string, unknown>[] = [SHELL], keys: Record<string, unknown> = {}) {
  const harness = await startTerminals(hub, dataDir, endpoints, keys);
  running.add(harness);
  return harness;
}

async function open(session = "s", changes: Parameters<typeof openCommand>[1] = {}) {
  const command = openCommand(session, changes);
  hub.command(command);
  await until("opened or closed", () =>
    hub.events(session).some((event) => "terminal_id" in event && event.terminal_id === command.terminal_id),
  );
  return command;
}

const types = (session = "s") => hub.events(session).map(({ type }) => type);

test("a terminal opens, is seen, typed into, resized and closed", async () => {
  await start();
  const command = await open();
  expect(hub.events("s")).toMatchObject([
    { type: "terminal.opened", terminal_id: "s-1", command: ["bash", "--norc", "--noprofile"], cols: 80, rows: 24 },
  ]);
  expect(hub.commandStates.get(command.id)).toBe("applied");
  const viewer = createViewers(hub, "s")();
  expect(await viewer.attach()).toMatchObject({ terminal_id: "s-1", cols: 80, rows: 24, taken: 0 });
  viewer.type("stty size; echo one-$((1+1))\r");
  await until("the answer", () => /24 80\r\none-2\r\n/.test(viewer.text()));
  viewer.resize(100, 30);
  await until("the size", () => viewer.sizes.some(({ cols, rows }) => cols === 100 && rows === 30));
  viewer.type("stty size\r");
  await until("the new size", () => viewer.text().includes("30 100\r\n"));
  await until("all taken", () => viewer.taken() === "stty size; echo one-$((1+1))\rstty size\r".length);
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  await until("closed", () => types().includes("terminal.closed"));
  expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", terminal_id: "s-1", reason: "close", signal: "SIGHUP" });
  await until("detached", () => viewer.detachedFor() === "ended");
});

test("a message to a terminal fails clearly", async () => {
  await start();
  await open();
  hub.command(turnStart("s", "hello", "shell"));
  await until("failed", () => types().includes("turn.failed"));
  expect(hub.events("s").at(-1)).toMatchObject({ error: { message: expect.stringContaining("takes keys") } });
});

test("opening is idempotent by the terminal's id, one runs at a time, and the next may follow", async () => {
  await start();
  await open();
  await open("s", { id: "again" });
  await until("answered", () => hub.commandStates.get("again") === "applied");
  expect(types()).toEqual(["terminal.opened"]);
  await open("s", { terminal_id: "s-2" });
  expect(hub.events("s").at(-1)).toMatchObject({
    type: "terminal.closed",
    terminal_id: "s-2",
    reason: "failed",
    error: expect.stringContaining("still open"),
  });
  hub.send({ type: "request", id: "w", request: { kind: "terminal.write", session_id: "s", data: "exit 4\r" } });
  await until("the end", () => types().length === 3);
  expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", terminal_id: "s-1", reason: "exit", exit_code: 4 });
  await open("s", { terminal_id: "s-3" });
  expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.opened", terminal_id: "s-3" });
});

test("a program that is missing, an unknown endpoint and a full runtime say so in the log", async () => {
  await start([SHELL, { id: "none", terminal: { command: "no-such-program" } }], { max_sessions: 1 });
  await open("a", { endpoint_id: "none" });
  expect(hub.events("a")).toMatchObject([{ type: "terminal.closed", reason: "failed", error: expect.stringContaining("no-such-program") }]);
  await open("b", { endpoint_id: "other" });
  expect(hub.events("b")).toMatchObject([{ reason: "failed", error: expect.stringContaining('no endpoint "other"') }]);
  await open("c");
  await open("d");
  expect(hub.events("d")).toMatchObject([{ reason: "failed", error: expect.stringContaining("max_sessions") }]);
});

test("an endpoint that may be opened in a terminal is offered so and runs its command there", async () => {
  await start([{ id: "cat", cli: { command: "cat" }, open_terminal: true }, { id: "plain", cli: { command: "cat" } }, SHELL]);
  expect(hub.offers().map(({ id, capabilities }) => [id, capabilities.terminal])).toEqual([
    ["cat", "also"],
    ["plain", "none"],
    ["shell", "only"],
  ]);
  await open("s", { endpoint_id: "cat" });
  expect(hub.events("s")).toMatchObject([{ type: "terminal.opened", command: ["cat"] }]);
  await open("t", { endpoint_id: "plain" });
  expect(hub.events("t")).toMatchObject([{ type: "terminal.closed", reason: "failed" }]);
});

test("such an endpoint says how its terminals are kept", async () => {
  await start([{ id: "cat", cli: { command: "cat" }, open_terminal: { idle_timeout: "300ms", record: true } }]);
  await open("s", { endpoint_id: "cat" });
  await until("the end", () => types().includes("terminal.closed"));
  expect(types().slice(0, 3)).toEqual(["terminal.opened", "terminal.recording", "terminal.closed"]);
  expect(hub.events("s")[2]).toMatchObject({ reason: "idle" });
});

test.each([0, 10_000])("an order to open one of %i columns and rows, which no hub gives, fails and harms nothing", async (size) => {
  await start();
  const command = openCommand("s", { cols: size, rows: size });
  hub.command(command);
  await until("refused", () => hub.commandStates.get(command.id) === "failed");
  expect(types()).toEqual([]);
  await open("t", { cols: 1_000, rows: 500 });
  expect(hub.events("t")).toMatchObject([{ type: "terminal.opened", cols: 1_000, rows: 500 }]);
});

test("without a command it is the login shell of the user", async () => {
  await start([{ id: "shell", terminal: { shell_integration: false } }]);
  await open();
  expect(hub.events("s")).toMatchObject([{ type: "terminal.opened", command: [userInfo().shell ?? expect.any(String), "-l"] }]);
  await ask({ kind: "terminal.write", session_id: "s", data: "echo shell-$((40+2))\r" });
  expect(await ask({ kind: "terminal.wait", session_id: "s", pattern: "^shell-42$", after_offset: 0, timeout: 10_000 })).toMatchObject({
    waited: { outcome: "matched" },
  });
});

test("one that cannot be recorded says so, and is a terminal as any other", async () => {
  writeFileSync(join(dataDir, "recordings"), "a file where a folder should be");
  await start();
  await open("s", { record: true });
  await until("told", () => types().length === 3);
  expect(hub.events("s").slice(1)).toMatchObject([
    { type: "terminal.recording", on: true },
    { type: "terminal.recording", on: false, error: expect.stringContaining("cannot be written") },
  ]);
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  await until("closed", () => types().includes("terminal.closed"));
});

test("one that finds no room for its recording says so, and one that is kept in a holder, too", async () => {
  mkdirSync(join(dataDir, "recordings"));
  writeFileSync(join(dataDir, "recordings", "left"), Buffer.alloc(100_000));
  await start([SHELL, { id: "kept", terminal: { command: "cat", keep: "holder" } }], { max_recordings_bytes: "100KB" });
  for (const [session, endpoint_id] of [
    ["s", "shell"],
    ["k", "kept"],
  ] as const) {
    await open(session, { record: true, endpoint_id });
    const told = () => hub.events(session).filter(({ type }) => type === "terminal.recording");
    await until("told", () => told().some((event) => "on" in event && !event.on));
    expect(told().at(-1)).toMatchObject({ on: false, error: expect.stringContaining("does not begin") });
    hub.command({ kind: "session.close", id: `close-${session}`, session_id: session });
    await until("closed", () => types(session).includes("terminal.closed"));
  }
});

test("a runtime that stops tells of its terminals as lost", async () => {
  const { runtime } = await start();
  await open("s");
  await runtime.stop();
  running.clear();
  expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", terminal_id: "s-1", reason: "lost" });
});

test("an idle terminal ends; keys and viewers keep it", async () => {
  await start([{ ...SHELL, terminal: { ...SHELL.terminal, idle_timeout: "300ms" } }]);
  await open();
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  expect(types()).toEqual(["terminal.opened"]);
  viewer.detach();
  await until("the end", () => types().includes("terminal.closed"));
  expect(hub.events("s").at(-1)).toMatchObject({ reason: "idle" });
});

type Request = RuntimeRequest;

async function ask(request: Request) {
  const id = String(Math.random());
  hub.send({ type: "request", id, request });
  const find = () => hub.frames.find((frame) => frame.type === "response" && frame.id === id);
  await until("an answer", () => find() !== undefined);
  const found = find();
  if (found?.type !== "response") throw new Error("no answer");
  return found;
}

test("scripts type, wait for output and read the screen", async () => {
  await start();
  await open();
  const session_id = "s";
  const { written } = await ask({ kind: "terminal.write", session_id, data: "printf '\\033[31mcol\\033[0mour-%s\\n' $((40+2))\r" });
  const after_offset = written?.offset ?? -1;
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "^colour-\\d+$", after_offset, timeout: 5_000 })).toMatchObject({
    waited: { outcome: "matched", match: "colour-42" },
  });
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "colour-42", timeout: 5_000 })).toMatchObject({
    waited: { outcome: "matched" },
  });
  const { screen } = await ask({ kind: "terminal.screen", session_id, history: 0 });
  expect(screen?.lines).toContain("colour-42");
  expect(screen).toMatchObject({ terminal_id: "s-1", cols: 80, rows: 24, alternate: false });
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "never", timeout: 100 })).toMatchObject({
    waited: { outcome: "timeout", match: null },
  });
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "(", timeout: 100 })).toMatchObject({
    error: expect.stringContaining("no regular expression"),
  });
  await ask({ kind: "terminal.write", session_id, data: "printf '%0500d\\n' 0\r" });
  await ask({ kind: "terminal.wait", session_id, pattern: "0{500}", timeout: 5_000 });
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "(0+)+x", timeout: 5_000 })).toMatchObject({
    error: expect.stringContaining("too long"),
  });
  const waiting = ask({ kind: "terminal.wait", session_id, pattern: "never", timeout: 10_000 });
  await ask({ kind: "terminal.write", session_id, data: "exit\r" });
  expect(await waiting).toMatchObject({ waited: { outcome: "closed" } });
  expect(await ask({ kind: "terminal.screen", session_id, history: 0 })).toMatchObject({
    error: expect.stringContaining("No program runs"),
  });
  expect(await ask({ kind: "terminal.wait", session_id, pattern: "never", timeout: 10_000 })).toMatchObject({
    waited: { outcome: "closed" },
  });
});

test("a screen and a title of any length are told in one frame, the newest lines of all, and nobody's connection breaks", async () => {
  await start();
  await open("s", { cols: 200 });
  const longTitle = "printf '\\033]2;'; head -c 3000000 /dev/zero | tr '\\0' t; printf '\\007'";
  const data = `${longTitle}; seq -f '%0150.0f' 9000; echo do""ne\r`;
  const { written } = await ask({ kind: "terminal.write", session_id: "s", data });
  const after_offset = written?.offset ?? 0;
  await ask({ kind: "terminal.wait", session_id: "s", pattern: "^done", timeout: 15_000, after_offset });
  const whole = await ask({ kind: "terminal.screen", session_id: "s", history: 10_000 });
  expect(JSON.stringify(whole).length).toBeLessThan(MAX_RUNTIME_FRAME_BYTES);
  const { lines = [], title, truncated, cursor } = whole.screen ?? {};
  expect(truncated).toBe(true);
  expect(lines.length).toBeGreaterThan(4_000);
  expect(lines.slice(-3)).toEqual(["9000".padStart(150, "0"), "done", "$"]);
  expect(cursor).toEqual({ row: lines.length - 1, col: 2 });
  expect(title).toMatch(/^t{999}…$/);
  const { screen } = await ask({ kind: "terminal.screen", session_id: "s", history: 0 });
  expect(screen?.truncated).toBeUndefined();
  expect(hub.connections()).toBe(1);
});

/** Asks where the cursor is, and tells how long the answer was, once for each line it reads. */
const ASKING = `stty -echo -icanon; while read -r -n1; do printf '\\033[6n'; read -r -d R answer; printf 'got %s\\n' "\${#answer}"; done`;

test("a program that asks is answered by the screen of the one who was given the hold, and again by the runtime's once it was given back", async () => {
  await start([{ id: "shell", terminal: { command: "bash", args: ["--norc", "-c", ASKING] } }]);
  await open();
  const viewer = createViewers(hub, "s")();
  const { number } = await viewer.attach();
  const askAgain = async () => {
    const { written } = await ask({ kind: "terminal.write", session_id: "s", data: "x" });
    const after_offset = written?.offset ?? 0;
    return (timeout: number) => ask({ kind: "terminal.wait", session_id: "s", pattern: "got \\d+", after_offset, timeout });
  };
  expect(await (await askAgain())(5_000)).toMatchObject({ waited: { outcome: "matched" } });
  hub.send({ type: "terminal.hold", number, on: true });
  const answered = await askAgain();
  expect(await answered(500)).toMatchObject({ waited: { outcome: "timeout" } });
  viewer.type("\x1b[1;1R");
  expect(await answered(5_000)).toMatchObject({ waited: { outcome: "matched", match: "got 5" } });
  hub.send({ type: "terminal.hold", number, on: false });
  expect(await (await askAgain())(5_000)).toMatchObject({ waited: { outcome: "matched" } });
  // One who never held it gives nothing back.
  const other = createViewers(hub, "s")();
  const { number: others } = await other.attach();
  hub.send({ type: "terminal.hold", number, on: true });
  hub.send({ type: "terminal.hold", number: others, on: false });
  expect(await (await askAgain())(300)).toMatchObject({ waited: { outcome: "timeout" } });
});

test("a program that asks its terminal is answered while nobody holds it, and by the holder alone once somebody does", async () => {
  await start([
    {
      id: "shell",
      terminal: {
        command: "bash",
        args: [
          "--norc",
          "-c",
          "stty raw -echo; while :; do printf '\\033[6n'; read -r -d R answer; printf 'got %s\\n' $(printf '%s' $answer | wc -c); sleep 0.05; done",
        ],
      },
    },
  ]);
  await open();
  const first = await ask({ kind: "terminal.wait", session_id: "s", pattern: "got \\d+", timeout: 5_000 });
  expect(first.waited?.outcome).toBe("matched");
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  viewer.resize(90, 24);
  await until("the size", () => viewer.sizes.length > 0);
  // What was asked before is answered by now.
  await new Promise((resolve) => {
    setTimeout(resolve, 400);
  });
  const { written } = await ask({ kind: "terminal.write", session_id: "s", data: "" });
  const after_offset = written?.offset ?? 0;
  expect(await ask({ kind: "terminal.wait", session_id: "s", pattern: "got", after_offset, timeout: 500 })).toMatchObject({
    waited: { outcome: "timeout" },
  });
  viewer.type("\x1b[1;1R");
  expect(await ask({ kind: "terminal.wait", session_id: "s", pattern: "got 5", after_offset, timeout: 5_000 })).toMatchObject({
    waited: { outcome: "matched" },
  });
});
