import { homedir } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../test/adapter-host.ts";
import { createLineLink, type LineLinkEvents } from "./line-link.ts";
import { createProcesses, type ProcessExit } from "./spawn.ts";

async function run(script: string, overrides: Partial<LineLinkEvents> = {}) {
  const processes = createProcesses({ instance: "test", env: process.env, home: homedir() });
  const started = await processes.start({ command: "sh", args: ["-c", script], env: {} }, { grace: 200 });
  if (!started.ok) throw new Error(started.error.message);
  const lines: string[] = [];
  const diagnostics: string[] = [];
  const tooLong: number[] = [];
  const ends: { exit: ProcessExit; fault: string | undefined }[] = [];
  const link = createLineLink(started.process, {
    max_line_bytes: 1_000,
    onLine: (line) => lines.push(line) > 0,
    onTooLong: (bytes) => void tooLong.push(bytes),
    onDiagnostic: (line) => void diagnostics.push(line),
    resumed: async () => undefined,
    onEnd: (exit, fault) => void ends.push({ exit, fault }),
    ...overrides,
  });
  onTestFinished(() => started.process.stop(["SIGKILL"]));
  return { link, process: started.process, lines, diagnostics, tooLong, ends };
}

describe("a process spoken to in lines", () => {
  it("tells its lines without the blank ones, its diagnostics and its end after all of them", async () => {
    const { link, lines, diagnostics, ends } = await run("echo one; echo; echo '  '; echo warn >&2; printf two; exit 4");
    await link.ended;
    expect(lines).toEqual(["one", "two"]);
    expect(diagnostics).toEqual(["warn"]);
    expect(ends).toEqual([{ exit: { code: 4, signal: undefined }, fault: undefined }]);
    expect(link.isUsable()).toBe(false);
    link.write("to nobody");
  });

  it("drops a line that is too long, tells its size and goes on", async () => {
    const { link, lines, tooLong } = await run("head -c 5000 /dev/zero | tr '\\0' x; echo; echo after");
    await link.ended;
    expect(tooLong).toEqual([5_000]);
    expect(lines).toEqual(["after"]);
  });

  it("writes lines, and lets the process leave by itself when it is closed", async () => {
    const { link, lines, ends } = await run("while read -r line; do echo got $line; done; echo bye");
    expect(link.isUsable()).toBe(true);
    link.write("a");
    await until(() => lines.includes("got a"), "the answer");
    await link.close(5_000);
    expect(lines).toEqual(["got a", "bye"]);
    expect(ends).toEqual([{ exit: { code: 0, signal: undefined }, fault: undefined }]);
  });

  it("stops a process that does not leave within the grace", async () => {
    const { link, lines, ends } = await run("trap '' TERM INT; echo ready; while :; do sleep 1; done");
    await until(() => lines.includes("ready"), "its start");
    await link.close(50);
    expect(ends).toEqual([{ exit: { code: undefined, signal: "SIGKILL" }, fault: undefined }]);
  });

  it("ends it for a fault, tells the first one, and hears nothing more of it", async () => {
    const { link, lines, ends } = await run("trap 'echo late; exit 0' INT; echo ready; while :; do sleep 0.05; done");
    await until(() => lines.includes("ready"), "its start");
    link.fail("first");
    link.fail("second");
    expect(link.isUsable()).toBe(false);
    await link.ended;
    expect(lines).toEqual(["ready"]);
    expect(ends).toEqual([{ exit: expect.anything(), fault: "first" }]);
  });

  it("ends a process that closes its output and lives on", async () => {
    const { link, ends } = await run("exec 1>&-; sleep 600");
    await link.ended;
    expect(ends[0]?.fault).toBe("The agent closed its output.");
  });

  it("ends a process that does not read its input", async () => {
    const { link, ends } = await run("sleep 600");
    const line = "x".repeat(1024 * 1024);
    for (let count = 0; count < 20; count += 1) link.write(line);
    await link.ended;
    expect(ends[0]?.fault).toBe("The agent does not read its input.");
  });

  it("pauses while the receiver wants no more, and loses nothing", async () => {
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const resumed = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { link, ends } = await run("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); echo $i; done", {
      onLine: (line) => seen.push(line) > 30_000,
      resumed: () => resumed,
    });
    await until(() => seen.length > 0, "the first line");
    await new Promise((resolve) => setImmediate(resolve));
    const before = seen.length;
    expect(before).toBeLessThan(30_000);
    link.readThrough(1);
    await until(() => seen.length > before, "more lines past the pause");
    release();
    await link.ended;
    expect(seen).toHaveLength(30_000);
    expect(seen.at(-1)).toBe("30000");
    expect(ends).toHaveLength(1);
  });

  it("can be closed while nobody takes its lines", async () => {
    const { link, ends } = await run("yes", { onLine: () => false, resumed: () => new Promise(() => undefined) });
    await link.close(20);
    expect(ends).toHaveLength(1);
  });
});
