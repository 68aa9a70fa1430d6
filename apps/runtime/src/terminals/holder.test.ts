/** Terminals that outlive their runtime, with real holder processes: the same shell before and after, and nothing left at the end. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { createViewers, holdersOf, openCommand, startTerminals, type TerminalHarness } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";
import { openJournalStore } from "../hub-link/journal-store.ts";
import { createLog } from "../log.ts";
import { isProcessAlive } from "../process/group.ts";
import { holderFolder } from "./holder-socket.ts";

/** A holder that runs from source may take long to start on a busy machine (ms). */
const START_LIMIT_MS = 40_000;
const LIMIT_MS = 90_000;

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness;
/** Sessions to close at the end. */
let opened: string[];
const SHELL = {
  id: "shell",
  terminal: { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " }, shell_integration: false, keep: "holder" },
};

const OWN = { id: "own", terminal: { ...SHELL.terminal, keep: "none" } };
const IDLE = { id: "idle", terminal: { ...SHELL.terminal, idle_timeout: "1s" } };

const holders = () => holdersOf(dataDir);

beforeEach(async () => {
  opened = [];
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  for (const session of opened) hub.command({ kind: "session.close", id: `end-${session}`, session_id: session });
  await until(
    "closed",
    () => !opened.some((session) => types(session).lastIndexOf("terminal.opened") > types(session).lastIndexOf("terminal.closed")),
  );
  await harness.runtime.stop();
  await until("the holder has ended", () => holders().length === 0, 30_000);
  await hub.stop();
  removeDirectory(dataDir);
}, 60_000);

const types = (session = "s") => hub.events(session).map(({ type }) => type);

async function start(keys: Record<string, unknown> = {}): Promise<void> {
  harness = await startTerminals(hub, dataDir, [SHELL, OWN, IDLE], keys);
}

async function open(session = "s", endpoint_id = "shell"): Promise<void> {
  opened.push(session);
  hub.command(openCommand(session, { endpoint_id }));
  await until("opened", () => types(session).includes("terminal.opened"), START_LIMIT_MS);
}

/** Opens a shell and tells its pid. */
async function openShell() {
  await start();
  await open();
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  viewer.type("x=kept; echo pid=$$.\r");
  await until("the pid", () => /pid=\d+\./.test(viewer.text()));
  return { viewer, pid: Number(/pid=(\d+)\./.exec(viewer.text())?.[1]) };
}

test(
  "a shell goes on over a restart of its runtime, and a viewer where it stood",
  async () => {
    const { viewer } = await openShell();
    const [holder] = holders();
    const environment = readFileSync(`/proc/${holder}/environ`, "utf8");
    expect(environment).toContain("PATH=");
    expect(environment).not.toMatch(/TOKEN|FAIRLEAD|VITEST/);
    await harness.runtime.stop();
    expect(harness.lines.some(({ msg }) => msg === "terminals run on where they are kept")).toBe(true);
    await start();
    await viewer.attach();
    viewer.type("echo $x-$((1+1))\r");
    await until("the variable", () => viewer.text().includes("kept-2\r\n"));
    expect(viewer.snapshots()).toBe(1);
    expect(types()).toEqual(["terminal.opened"]);
    expect(holders()).toEqual([holder]);
    hub.command({ kind: "session.close", id: "close", session_id: "s" });
    await until("closed", () => types().includes("terminal.closed"));
    expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", reason: "close", signal: "SIGHUP" });
    await until("detached", () => viewer.detachedFor() === "ended");
  },
  LIMIT_MS,
);

test(
  "two restarts in a row change nothing",
  async () => {
    const { viewer, pid } = await openShell();
    await harness.runtime.stop();
    await start();
    await harness.runtime.stop();
    await start();
    await viewer.attach();
    viewer.type("echo $x-$$.\r");
    await until("the same shell", () => viewer.text().includes(`kept-${pid}.\r\n`));
    expect(types()).toEqual(["terminal.opened"]);
    expect(holders()).toHaveLength(1);
  },
  LIMIT_MS,
);

test(
  "beside a holder that lives, what else a runtime left is settled: a recording is sent, and only a kept terminal may run on elsewhere",
  async () => {
    await start();
    await open();
    await harness.runtime.stop();
    // A runtime that is killed comes to tell nothing of its own terminals.
    const journals = openJournalStore(dataDir, createLog("silent"));
    const journal = journals.open("own");
    journal.take(openCommand("own", { endpoint_id: "own" }));
    journal.append({ type: "terminal.opened", terminal_id: "own-1", command: ["bash"], work_dir: dataDir, cols: 80, rows: 24 });
    journals.close();
    const folder = join(dataDir, "recordings", "left", "left-1");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "one.cast"), '{"version":2,"width":80,"height":24}\n[1.5,"o","x"]\n');
    await start();
    await until("the recording is tried", () => harness.lines.some(({ session_id }) => session_id === "left"));
    await until("told", () => types("own").includes("terminal.closed"));
    expect(hub.events("own").at(-1)).toMatchObject({ type: "terminal.closed", reason: "lost" });
    expect(hub.events("own").at(-1)).not.toHaveProperty("error");
    expect(types()).toEqual(["terminal.opened"]);
  },
  LIMIT_MS,
);

test(
  "a program that ended while its runtime was away is told with its exit code",
  async () => {
    const { viewer, pid } = await openShell();
    const flag = join(dataDir, "flag");
    viewer.type(`echo wai""ting; while [ ! -e ${flag} ]; do sleep 0.05; done; exit 7\r`);
    await until("it waits", () => viewer.text().includes("waiting"));
    await harness.runtime.stop();
    writeFileSync(flag, "");
    await until("it has ended", () => !existsSync(`/proc/${pid}`));
    await start();
    await until("told", () => types().includes("terminal.closed"));
    expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", reason: "exit", exit_code: 7 });
  },
  LIMIT_MS,
);

test(
  "with the holder its terminals are lost, and the next one gets a new holder",
  async () => {
    const { viewer, pid } = await openShell();
    viewer.type("trap '' HUP; echo tr\"\"apped\r");
    await until("trapped", () => viewer.text().includes("trapped"));
    const [holder = 0] = holders();
    process.kill(holder, "SIGKILL");
    await until("lost", () => types().includes("terminal.closed"));
    expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", reason: "lost" });
    await until("detached", () => viewer.detachedFor() === "ended");
    await until("the shell is ended", () => !existsSync(`/proc/${pid}`));
    await open("s2");
    expect(holders()).toHaveLength(1);
    expect(holders()).not.toContain(holder);
  },
  LIMIT_MS,
);

test(
  "a holder that lives and does not answer loses nothing: its terminals are told of as lost, and ended once it answers and the next is opened",
  async () => {
    const { pid } = await openShell();
    const [holder = 0] = holders();
    await harness.runtime.stop();
    process.kill(holder, "SIGSTOP");
    try {
      await start();
      await until("told", () => types().includes("terminal.closed"));
      expect(hub.events("s").at(-1)).toMatchObject({ reason: "lost", error: expect.stringContaining(`The process ${holder}`) });
      hub.command(openCommand("s2"));
      await until("refused", () => types("s2").includes("terminal.closed"));
      expect(hub.events("s2").at(-1)).toMatchObject({ reason: "failed", error: expect.stringContaining("does not answer") });
      // A holder that stands still cannot bury what was killed.
      expect(isProcessAlive(pid)).toBe(true);
    } finally {
      process.kill(holder, "SIGCONT");
    }
    await open("s3");
    expect(holders()).toEqual([holder]);
    await until("the shell is ended", () => !existsSync(`/proc/${pid}`));
  },
  LIMIT_MS,
);

test(
  "a holder of another version is left alone with what it holds, and terminals get one of their own",
  async () => {
    const { pid } = await openShell();
    const [holder = 0] = holders();
    await harness.runtime.stop();
    renameSync(holderFolder(dataDir), holderFolder(dataDir, 999));
    await start();
    await until("told", () => types().includes("terminal.closed"));
    expect(hub.events("s").at(-1)).toMatchObject({ reason: "lost", error: expect.stringContaining(`the process ${holder}`) });
    await open("s2");
    expect(holders()).toHaveLength(2);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    process.kill(holder, "SIGTERM");
    await until("it has ended", () => !existsSync(`/proc/${pid}`) && holders().length === 1);
  },
  LIMIT_MS,
);

test(
  "a kept terminal that no session knows any more is ended",
  async () => {
    const { pid } = await openShell();
    await harness.runtime.stop();
    rmSync(join(dataDir, "sessions"), { recursive: true, force: true });
    opened = [];
    await start();
    await until("the shell is ended", () => !existsSync(`/proc/${pid}`));
  },
  LIMIT_MS,
);

test(
  "scripts read and type in a kept terminal",
  async () => {
    await openShell();
    hub.send({ type: "request", id: "w", request: { kind: "terminal.write", session_id: "s", data: "echo $x-$((2+2))\r" } });
    await until("written", () => hub.frames.some((frame) => frame.type === "response" && frame.id === "w" && frame.written !== undefined));
    await until("on the screen", () => {
      hub.send({ type: "request", id: "r", request: { kind: "terminal.screen", session_id: "s", history: 0 } });
      return hub.frames.some((frame) => frame.type === "response" && frame.screen?.lines.includes("kept-4") === true);
    });
  },
  LIMIT_MS,
);

test(
  "one that went on has its place among those that may run at once",
  async () => {
    await openShell();
    await harness.runtime.stop();
    await start({ max_sessions: 1 });
    hub.command(openCommand("s2"));
    await until("refused", () => types("s2").includes("terminal.closed"));
    expect(hub.events("s2")).toMatchObject([{ reason: "failed", error: expect.stringContaining("max_sessions") }]);
  },
  LIMIT_MS,
);

test(
  "one that nobody used ends",
  async () => {
    await start();
    await open("s", "idle");
    await until("closed", () => types().includes("terminal.closed"));
    expect(hub.events("s").at(-1)).toMatchObject({ reason: "idle" });
  },
  LIMIT_MS,
);
