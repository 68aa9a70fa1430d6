import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeAgent, pidsWithMarker, until } from "../../test/adapter-host.ts";
import { isGroupAlive } from "./group.ts";
import { createProcesses, type ProcessSpec } from "./spawn.ts";
import { CHILD_MARKER, openGroupRecord, sweepLeftovers } from "./sweep.ts";

const ENV = { PATH: process.env.PATH, HOME: homedir(), LC_ALL: "C.UTF-8", FAIRLEAD_TOKEN: "secret", RANDOM_THING: "x" };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-process-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function spec(command: string, args: string[] = [], extra: Partial<ProcessSpec> = {}): ProcessSpec {
  return { command, args, env: {}, ...extra };
}

async function run(given: ProcessSpec, instance = "test") {
  const started = await createProcesses({ instance, env: ENV, home: homedir() }).start(given, { grace: 200 });
  if (!started.ok) throw new Error(started.error.message);
  return started.process;
}

describe("spawn", () => {
  it("hands on the allow-listed environment, what the config adds and the marker, and no secret", async () => {
    const child = await run(spec("env", [], { env: { EXTRA: "1" } }), "inst-1");
    const names = (await text(child.stdout)).split("\n");
    expect(names).toContain("EXTRA=1");
    expect(names).toContain("LC_ALL=C.UTF-8");
    expect(names).toContain(`${CHILD_MARKER}=inst-1`);
    expect(names.join()).not.toMatch(/secret|RANDOM_THING/);
    expect(await child.exited).toEqual({ code: 0, signal: undefined });
  });

  it("runs in the home directory unless told otherwise, in a group of its own", async () => {
    expect((await text((await run(spec("pwd"))).stdout)).trim()).toBe(homedir());
    const child = await run(spec("sh", ["-c", "ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat"]));
    expect((await text(child.stdout)).trim()).toBe(String(child.pid));
  });

  it("tells what is missing as a value", async () => {
    const processes = createProcesses({ instance: "test", env: ENV, home: homedir() });
    const tell = async (given: ProcessSpec) => {
      const started = await processes.start(given, { grace: 100 });
      return started.ok ? "started" : started.error.message;
    };
    expect(await tell(spec("no-such-thing"))).toMatch(/"no-such-thing" was not found on PATH/);
    const folder = temporaryFolder();
    const plain = join(folder, "plain");
    writeFileSync(plain, "text", { mode: 0o644 });
    expect(await tell(spec(plain))).toMatch(/does not exist or may not be executed/);
    expect(await tell(spec("true", [], { work_dir: "/no/where" }))).toMatch(/"\/no\/where" does not exist/);
    const broken = join(folder, "broken");
    writeFileSync(broken, "#!/no/such/interpreter\n", { mode: 0o755 });
    expect(await tell(spec(broken))).toMatch(/could not be started/);
  });

  it("stops a group whose members ignore interrupt and TERM", async () => {
    const child = await run(spec("sh", ["-c", "trap '' INT TERM; echo up; while :; do sleep 1; done"]));
    await once(child.stdout.resume(), "data");
    await child.stop();
    expect(isGroupAlive(child.pid)).toBe(false);
    expect(await child.exited).toMatchObject({ signal: "SIGKILL" });
  });

  it("ends children that outlive the process", async () => {
    const child = await run(spec("sh", ["-c", "sleep 600 & sleep 600 & exit 0"]));
    await child.gone;
    expect(isGroupAlive(child.pid)).toBe(false);
  });
});

describe("sweep", () => {
  it("keeps its record to the user it runs as", () => {
    const folder = join(temporaryFolder(), "data");
    openGroupRecord(folder, "inst-1").add(12_345);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "process-groups.json")).mode & 0o777).toBe(0o600);
  });

  it("ends the groups of a crashed runtime and leaves strangers alone", async () => {
    const folder = temporaryFolder();
    const instance = `crashed-${process.pid}`;
    const groups = openGroupRecord(folder, instance);
    const started = await createProcesses({ instance, env: ENV, home: homedir(), groups }).start(spec(fakeAgent("ignore-term")), {
      grace: 200,
    });
    if (!started.ok) throw new Error(started.error.message);
    const stranger = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void stranger.kill("SIGKILL"));
    groups.add(Number(stranger.pid));
    await until(() => pidsWithMarker(instance).length === 1, "the agent runs");
    expect(await sweepLeftovers(folder, { grace: 200 })).toEqual([started.process.pid]);
    expect(pidsWithMarker(instance)).toEqual([]);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it("forgets groups that ended by themselves", async () => {
    const folder = temporaryFolder();
    const groups = openGroupRecord(folder, "i");
    const started = await createProcesses({ instance: "i", env: ENV, home: homedir(), groups }).start(spec("true"), { grace: 200 });
    if (started.ok) await started.process.gone;
    expect(JSON.parse(readFileSync(join(folder, "process-groups.json"), "utf8"))).toMatchObject({ instance: "i", groups: [] });
  });

  it("does nothing without a record or with a broken one", async () => {
    const folder = temporaryFolder();
    expect(await sweepLeftovers(folder, { grace: 100 })).toEqual([]);
    writeFileSync(join(folder, "process-groups.json"), '{"instance":"","groups":[1]}');
    expect(await sweepLeftovers(folder, { grace: 100 })).toEqual([]);
  });
});
