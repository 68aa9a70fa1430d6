/** One runtime per data directory: two would write the same journals. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@fairlead/protocol";

export interface DataLock {
  release(): void;
}

/** Takes the directory, making it if need be. Throws CONFLICT when a running process has it; a crashed one's lock is replaced. */
export function lockDataDir(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "lock");
  const own = `${process.pid} ${startOf(process.pid)}\n`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(path, own, { flag: "wx", mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST") || attempt > 2) throw error;
      const holder = readHolder(path);
      if (holder !== undefined) {
        throw new AppError("CONFLICT", `process ${holder} already runs on ${dataDir}; give each runtime its own runtime.id or data_dir`);
      }
      rmSync(path, { force: true });
    }
  }
}

/** The running process that holds the lock, if it still is the one that took it. */
function readHolder(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const [word, start] = text.trim().split(" ");
  const pid = Number(word);
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
  }
  return startOf(pid) === start ? pid : undefined;
}

/** When the process started, as the kernel counts it; tells a process from a later one with the same id. "?": not told here. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "zombie" : (fields[19] ?? "?");
  } catch {
    return "?";
  }
}
