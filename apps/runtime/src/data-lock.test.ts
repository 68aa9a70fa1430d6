/** One runtime per data directory: a second process is refused, and the lock of one that is gone is no hindrance. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../test/runtime-harness.ts";
import { lockDataDir } from "./data-lock.ts";

/** When a process started, as the kernel counts it. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

test("a directory that a running process has is refused, and given once that process is gone", async () => {
  const folder = temporaryDirectory();
  const other = spawn("sleep", ["1000"]);
  await once(other, "spawn");
  const pid = other.pid ?? 0;
  writeFileSync(join(folder, "lock"), `${pid} ${startOf(pid)}\n`);
  expect(() => lockDataDir(folder)).toThrow(`process ${pid} already runs on ${folder}`);
  other.kill("SIGKILL");
  await once(other, "exit");
  const lock = lockDataDir(folder);
  expect(readFileSync(join(folder, "lock"), "utf8")).toContain(String(process.pid));
  lock.release();
  removeDirectory(folder);
});

test("a pid that the system gave to somebody else since holds no lock", () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, "lock"), `${process.ppid} 1\n`);
  lockDataDir(folder).release();
  removeDirectory(folder);
});
