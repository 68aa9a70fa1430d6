/** Terminals through the whole runtime: opened by command, seen and typed into over a real socket, ended and told in the log. */
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
