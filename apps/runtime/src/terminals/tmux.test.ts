/** Terminals kept in tmux, with real servers: the same program before and after its runtime, and nothing left at the end. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testWith } from "../../test/installed.ts";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import {
  createViewers,
  openCommand,
  RUNTIME_PROGRAM,
  startTerminals,
  type TerminalHarness,
  type TestViewer,
} from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";
import { runCommand } from "../process/command.ts";
import { createProcesses } from "../process/spawn.ts";
import { tmuxSocket, tmuxSockets } from "./holder-socket.ts";

/** Processes that run from source take long on a busy machine (ms). */
const START_LIMIT_MS = 40_000;
const LIMIT_MS = 90_000;

const SHELL = {
  id: "shell",
  terminal: {
    command: "bash",
    args: ["--norc", "--noprofile"],
    env: { PS1: "$ ", GIVEN: "by-config", SHELL: "/bin/its-own" },
    shell_integration: false,
    keep: "tmux",
  },
};
const IDLE = { id: "idle", terminal: { ...SHELL.terminal, idle_timeout: "500ms" } };
const WORDS = {
  id: "words",
  terminal: { ...SHELL.terminal, args: ["-c", 'printf "[%s]" "$@"; exit 3', "x", "a;", "#{pid}", "$HOME b", ";", "\\;"] },
};
const CAT = { id: "cat", terminal: { ...SHELL.terminal, command: "cat", args: [] } };
const ENDPOINTS = [SHELL, IDLE, WORDS, CAT];

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness | undefined;

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  for (const socket of tmuxSockets(dataDir)) await tmux(socket, ["kill-server"]);
  await harness?.runtime.stop();
  harness = undefined;
  await until("no server is left", () => servers().length === 0);
  await hub.stop();
  removeDirectory(dataDir);
});

async function tmux(socket: string, args: string[]): Promise<string> {
  const processes = createProcesses({ instance: "test", env: process.env, home: tmpdir() });
  return (await runCommand(processes, { command: "tmux", args: ["-S", socket, ...args], env: {} }, { limit: 10_000 })).stdout.trim();
}

const socket = () => tmuxSocket(dataDir, "s");
const types = (session = "s") => hub.events(session).map(({ type }) => type);
const last = (session = "s") => hub.events(session).at(-1);

/** Pids of what runs with a socket of this data directory in its command line: servers and clients. */
function servers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${dataDir}/tmux/`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function start(keys: Record<string, unknown> = {}): Promise<void> {
  harness = await startTerminals(hub, dataDir, ENDPOINTS, keys);
}

async function restart(): Promise<void> {
  await harness?.runtime.stop();
  await start();
}

async function view(): Promise<TestViewer> {
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  return viewer;
}

async function open(changes: Parameters<typeof openCommand>[1] = {}): Promise<void> {
  hub.command(openCommand("s", changes));
  await until("opened", () => types().includes("terminal.opened"), START_LIMIT_MS);
}

async function pidOf(viewer: TestViewer): Promise<number> {
  viewer.type("x=kept; echo pid=$$.\r");
  await until("the pid", () => /pid=\d+\./.test(viewer.text()));
  return Number(/pid=(\d+)\./.exec(viewer.text())?.[1]);
}

async function openShell() {
  await start();
  await open();
  const viewer = await view();
  return { viewer, pid: await pidOf(viewer) };
}

/** Waits for a line of the screen that the runtime keeps. */
async function shows(line: string): Promise<void> {
  const id = randomUUID();
  await until(`"${line}" on the screen`, () => {
    hub.send({ type: "request", id, request: { kind: "terminal.screen", session_id: "s", history: 0 } });
    return hub.frames.some((frame) => frame.type === "response" && frame.id === id && frame.screen?.lines.includes(line) === true);
  });
}

async function goesOn(pid: number): Promise<TestViewer> {
  const viewer = await view();
  viewer.type("echo $x-$$.\r");
  await until("the same shell", () => viewer.text().includes(`kept-${pid}.`));
  return viewer;
}

async function nothingIsLeft(pid: number): Promise<void> {
  await until("nothing is left", () => !existsSync(`/proc/${pid}`) && servers().length === 0 && !existsSync(socket()));
}

testWith("tmux", "a shell goes on over restarts, viewers get its screen anew, and its exit code is told", async () => {
  const { viewer, pid } = await openShell();
  expect(statSync(dirname(socket())).mode & 0o777).toBe(0o700);
  const before = viewer.position() ?? 0;
  await restart();
  await restart();
  await viewer.attach();
  await until("drawn anew", () => viewer.snapshots() === 2);
  // What it had is no part of what comes.
  expect(viewer.position()).toBeGreaterThan(2 ** 38);
  expect(before).toBeLessThan(2 ** 38);
  const next = await goesOn(pid);
  expect(types()).toEqual(["terminal.opened"]);
  next.type("echo la''st; exit 7\r");
  await until("told", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ type: "terminal.closed", reason: "exit", exit_code: 7 });
  await until("its last words stand on the screen", () => /last\r\n/.test(next.text().slice(-200)));
  await nothingIsLeft(pid);
});

testWith("tmux", "every key is the program's, also one that ends looking back; the wheel looks back", async () => {
  const { viewer } = await openShell();
  viewer.type("seq 100\r");
  await until("the last line", () => viewer.text().includes("100\r\n"));
  viewer.type("\x1b[<64;5;5M");
  while ((await tmux(socket(), ["display-message", "-p", "#{pane_in_mode}"])) !== "1");
  viewer.type("cat -v\r");
  await shows("$ cat -v");
  viewer.type("\x02d\x1bOP\x1b\r");
  await shows("^Bd^[OP^[");
});

testWith("tmux", "the size, what scripts ask and several viewers work as with any terminal", async () => {
  const { viewer } = await openShell();
  viewer.resize(101, 31);
  viewer.type("until stty size | grep '^31 101'; do sleep 0.1; done\r");
  await until("the size within", () => viewer.text().includes("31 101\r\n"));
  viewer.type("printf '\\033]52;c;aGk=\\007'\r");
  await until("what it copies", () => viewer.text().includes("\x1b]52;"));
  const other = await view();
  hub.send({ type: "request", id: "w", request: { kind: "terminal.write", session_id: "s", data: "echo $GIVEN-$((2+2))\r" } });
  await until("both see it", () =>
    [viewer, other].every((one) => one.text().includes("by-config-4") || one.picture().includes("by-config-4")),
  );
  hub.send({ type: "request", id: "r", request: { kind: "terminal.screen", session_id: "s", history: 0 } });
  await until("the screen", () =>
    hub.frames.some((frame) => frame.type === "response" && frame.screen?.lines.includes("by-config-4") === true),
  );
});

testWith(
  "tmux",
  "words of a command line reach the program as they stand, and a program that ends at once is told with its code",
  async () => {
    await start();
    const viewers = createViewers(hub, "s");
    hub.command(openCommand("s", { endpoint_id: "words" }));
    await until("closed", () => types().includes("terminal.closed"), START_LIMIT_MS);
    expect(last()).toMatchObject({ reason: "exit", exit_code: 3 });
    const viewer = viewers();
    await viewer.attach().catch(() => undefined);
    await nothingIsLeft(0);
  },
);

testWith("tmux", "an interrupt ends the program alone: how it ended is told", async () => {
  await start();
  await open({ endpoint_id: "cat" });
  const viewer = await view();
  viewer.type("cat is there\r");
  await until("it runs", () => viewer.text().split("cat is there").length > 2);
  viewer.type("\x03");
  await until("told", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "exit", exit_code: 130 });
  await until("nothing is left", () => servers().length === 0 && !existsSync(socket()));
});

testWith("tmux", "a flood stops at Ctrl-C", async () => {
  const { viewer } = await openShell();
  viewer.type("yes fl''ood\r");
  await until("it floods", () => viewer.received() > 20_000);
  viewer.type("\x03echo ov''er\r");
  await shows("over");
});

testWith("tmux", "a program that ended while its runtime was away is told with its exit code", async () => {
  const { viewer, pid } = await openShell();
  const flag = join(dataDir, "flag");
  viewer.type(`echo wai''ting; while [ ! -e ${flag} ]; do sleep 0.05; done; exit 7\r`);
  await until("it waits", () => viewer.text().includes("waiting"));
  await harness?.runtime.stop();
  writeFileSync(flag, "");
  await until("it has ended", () => !existsSync(`/proc/${pid}`));
  await start();
  await until("told", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "exit", exit_code: 7 });
  await nothingIsLeft(pid);
});

testWith("tmux", "closing ends it and what it started, and leaves no server", async () => {
  const { viewer, pid } = await openShell();
  viewer.type("trap '' HUP; sleep 1000 & echo tr''apped=$!.\r");
  await until("trapped", () => /trapped=\d+\./.test(viewer.text()));
  const job = Number(/trapped=(\d+)\./.exec(viewer.text())?.[1]);
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  await until("closed", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ type: "terminal.closed", reason: "close" });
  await until("the job is ended", () => !existsSync(`/proc/${job}`));
  await nothingIsLeft(pid);
});

testWith("tmux", "one that nobody used ends", async () => {
  await start();
  await open({ endpoint_id: "idle" });
  await until("closed", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "idle" });
  await until("no server is left", () => servers().length === 0);
});

testWith("tmux", "who detaches the runtime ends nothing; with its server a terminal is lost, and the log says why", async () => {
  const { viewer, pid } = await openShell();
  const clients = () => tmux(socket(), ["list-clients", "-F", "#{client_pid}"]);
  const before = await clients();
  await tmux(socket(), ["detach-client", "-s", "$0"]);
  for (let now = ""; now === "" || now === before; ) now = await clients();
  viewer.type("echo $x-ag''ain\r");
  await shows("kept-again");
  await tmux(socket(), ["kill-server"]);
  await until("lost", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "lost", error: expect.stringContaining("tmux") });
  await until("the shell is ended", () => !existsSync(`/proc/${pid}`));
});

testWith("tmux", "a server that ended while the runtime was away is told as lost", async () => {
  const { pid } = await openShell();
  await harness?.runtime.stop();
  await tmux(socket(), ["kill-server"]);
  await start();
  await until("lost", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "lost" });
  await nothingIsLeft(pid);
});

testWith(
  "tmux",
  "a server that does not answer is left alone and told of, and what it runs is ended once it answers again",
  async () => {
    const { pid } = await openShell();
    await harness?.runtime.stop();
    const server = Number(await tmux(socket(), ["display-message", "-p", "#{pid}"]));
    process.kill(server, "SIGSTOP");
    try {
      await start();
      await until("told", () => types().includes("terminal.closed"));
      expect(last()).toMatchObject({ reason: "lost", error: expect.stringContaining("does not answer") });
      expect(existsSync(`/proc/${pid}`)).toBe(true);
    } finally {
      process.kill(server, "SIGCONT");
    }
    await restart();
    await nothingIsLeft(pid);
  },
  LIMIT_MS,
);

testWith("tmux", "what a start that was told of as failed left behind gives way to the next", async () => {
  mkdirSync(dirname(socket()), { mode: 0o700 });
  await tmux(socket(), ["-f", "/dev/null", "new-session", "-d", "sleep", "600"]);
  const { viewer, pid } = await openShell();
  expect(await tmux(socket(), ["list-panes", "-a", "-F", "#{pane_pid}"])).not.toBe("");
  viewer.type("exit 5\r");
  await until("ended", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ exit_code: 5 });
  await nothingIsLeft(pid);
});

testWith("tmux", "what others could have put in its place is not believed, and keeps no runtime from starting", async () => {
  await openShell();
  await harness?.runtime.stop();
  const folder = dirname(socket());
  chmodSync(folder, 0o755);
  await start();
  await until("lost", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "lost" });
  chmodSync(folder, 0o700);
});

testWith("tmux", "what is recorded goes on being recorded", async () => {
  await start();
  await open({ record: true });
  await until("recorded", () => types().includes("terminal.recording"));
  const viewer = await view();
  const pid = await pidOf(viewer);
  await restart();
  await goesOn(pid);
  expect(types()).toEqual(["terminal.opened", "terminal.recording"]);
  await until("a second recording", () => recordings().some((text) => text.includes(`kept-${pid}.`)));
  expect(recordings().filter((text) => text.includes(`pid=${pid}.`)).length).toBeGreaterThan(0);
});

function recordings(): string[] {
  const folder = join(dataDir, "recordings", "s", "s-1");
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")) : [];
}

testWith(
  "tmux",
  "after a kill -9 of the runtime the next one goes on; nothing in tmux knows the token",
  async () => {
    const config = join(dataDir, "config.json");
    const text = { hub: { url: hub.url, token: hub.token }, runtime: { id: "r1", data_dir: dataDir }, endpoints: ENDPOINTS };
    writeFileSync(config, JSON.stringify(text));
    const [command = "", ...args] = RUNTIME_PROGRAM;
    const runtime = spawn(command, [...args, "run", "--config", config], {
      stdio: "ignore",
      env: { ...process.env, RUNNER_TOKEN: hub.token, SECRET: "runtime-only" },
    });
    let pid = 0;
    try {
      await open();
      pid = await pidOf(await view());
      const [server = ""] = (await tmux(socket(), ["display-message", "-p", "#{pid}"])).split("\n");
      for (const one of [server, pid]) {
        const environment = readFileSync(`/proc/${one}/environ`, "utf8");
        expect(environment).toContain("GIVEN=by-config");
        expect(environment).toContain("SHELL=/bin/its-own");
        expect(environment).not.toMatch(/TOKEN|runtime-only/);
        expect(environment).not.toContain(hub.token);
      }
    } finally {
      runtime.kill("SIGKILL");
    }
    await until("it is dead", () => runtime.signalCode === "SIGKILL");
    await start();
    const viewer = await goesOn(pid);
    expect(types()).toEqual(["terminal.opened"]);
    viewer.type("exit 9\r");
    await until("told", () => types().includes("terminal.closed"));
    expect(last()).toMatchObject({ reason: "exit", exit_code: 9 });
    await nothingIsLeft(pid);
  },
  LIMIT_MS,
);

test("without tmux it is said what to install", async () => {
  const bin = join(dataDir, "bin");
  mkdirSync(bin);
  for (const name of ["bash", "sh"]) symlinkSync(`/bin/${name}`, join(bin, name));
  const { PATH } = process.env;
  process.env.PATH = bin;
  try {
    await start();
  } finally {
    process.env.PATH = PATH;
  }
  hub.command(openCommand("s"));
  await until("refused", () => types().includes("terminal.closed"));
  expect(last()).toMatchObject({ reason: "failed", error: expect.stringMatching(/tmux 3\.3 or newer.*Install it/) });
  expect(hub.offers()).toMatchObject(ENDPOINTS.map(() => ({ unavailable: expect.stringContaining("tmux 3.3 or newer") })));
});
