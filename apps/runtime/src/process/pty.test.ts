/** Real programs in real PTYs: every byte, every end, and nothing left behind. */
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { pidsWithMarker } from "../../test/adapter-host.ts";
import { until } from "../../test/test-hub.ts";
import { createPtyStarter, type Pty } from "./pty.ts";
import type { ProcessExit } from "./spawn.ts";

const starter = createPtyStarter({ instance: "pty-test", env: { PATH: process.env.PATH, SECRET: "s3cret" } });
const open = new Set<Pty>();

afterEach(async () => {
  await Promise.all([...open].map((pty) => pty.stop()));
  open.clear();
});

interface Run {
  readonly pty: Pty;
  out: string;
  bytes: number;
  exit: ProcessExit | undefined;
}

async function run(script: string, keep = true): Promise<Run> {
  const state: { out: string; bytes: number; exit: ProcessExit | undefined; drained: number } = {
    out: "",
    bytes: 0,
    exit: undefined,
    drained: 0,
  };
  const pty = await starter.start(
    { command: "/bin/bash", args: ["--norc", "-c", script], work_dir: "/", env: { OWN: "own" }, size: { cols: 80, rows: 24 } },
    {
      data(bytes) {
        state.bytes += bytes.length;
        if (keep) state.out += bytes.toString("latin1");
      },
      drained: () => undefined,
      ended(exit) {
        state.exit = exit;
      },
    },
    200,
  );
  open.add(pty);
  return Object.assign(state, { pty });
}

test("sees the allow-listed environment and its own, its size, and a terminal", async () => {
  const ran = await run('echo "[$SECRET][$OWN][$TERM][$COLORTERM][$LANG]"; stty size; tty -s && echo tty');
  await until("the end", () => ran.exit !== undefined);
  expect(ran.out).toBe("[][own][xterm-256color][truecolor][C.UTF-8]\r\n24 80\r\ntty\r\n");
  expect(ran.exit).toEqual({ code: 0 });
});

test("tells the exit code, or the signal by its name", async () => {
  const [code, signal] = [await run("exit 7"), await run("kill -9 $$")];
  await until("both ends", () => code.exit !== undefined && signal.exit !== undefined);
  expect([code.exit, signal.exit]).toEqual([{ code: 7 }, { signal: "SIGKILL" }]);
});

test.each([0, 120])("what a program wrote before it ended at once is not lost, read %i ms later", async (later) => {
  for (const bytes of [100, 9_000, 60_000]) {
    const ran = await run(`stty raw; exec head -c ${bytes} /dev/zero`);
    if (later > 0) {
      ran.pty.pause();
      await new Promise((resolve) => {
        setTimeout(resolve, later);
      });
      ran.pty.resume();
    }
    await until("the end", () => ran.exit !== undefined);
    expect(ran.bytes).toBe(bytes);
  }
});

test("output that is read long after it was written is not lost", async () => {
  const ran = await run("stty raw; head -c 300000 /dev/zero");
  ran.pty.pause();
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  expect(ran.exit).toBeUndefined();
  ran.pty.resume();
  await until("the end", () => ran.exit !== undefined);
  expect(ran.bytes).toBe(300_000);
});

test("a program that does not read holds nobody up, and gets the rest of its input when it reads", async () => {
  const ran = await run("stty raw -echo; echo ready; sleep 0.3; head -c 300000 | wc -c");
  await until("ready", () => ran.out.includes("ready"));
  const input = Buffer.alloc(300_000, "x");
  let done = 0;
  // It returns while the program sleeps, and says how little was taken.
  done += ran.pty.write(input);
  expect(done).toBeLessThan(input.length);
  while (done < input.length) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    done += ran.pty.write(input.subarray(done));
  }
  await until("the count", () => ran.out.includes("300000"));
});

test("stops a shell that ignores everything but KILL, its jobs, and a job that was stopped", async () => {
  const ran = await run(
    "set -m; trap '' HUP TERM INT; sleep 1000 & (kill -STOP $BASHPID; sleep 1000) & echo up; while :; do sleep 1; done",
  );
  await until("up", () => ran.out.includes("up"));
  await until("its jobs", () => pidsWithMarker("pty-test").length > 2);
  await ran.pty.stop();
  expect(ran.exit).toEqual({ signal: "SIGKILL" });
  expect(pidsWithMarker("pty-test")).toEqual([]);
});

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function children(): number {
  return readdirSync("/proc/self/task").reduce((sum, task) => {
    const list = readChildren(task);
    return sum + list.length;
  }, 0);
}

function readChildren(task: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${task}/children`, "utf8")
      .split(" ")
      .filter((pid) => pid !== "");
  } catch {
    return [];
  }
}

test("200 terminals opened and closed leave no child, no zombie and no descriptor", async () => {
  const before = { descriptors: openDescriptors(), children: children() };
  for (let round = 0; round < 20; round += 1) {
    const runs = await Promise.all(Array.from({ length: 10 }, (_, index) => run(index % 2 === 0 ? "exit 0" : "cat")));
    await Promise.all(runs.map(({ pty }) => pty.stop()));
    for (const { exit } of runs) expect(exit).toBeDefined();
    open.clear();
  }
  await until("all let go", () => openDescriptors() <= before.descriptors && children() <= before.children);
}, 60_000);
