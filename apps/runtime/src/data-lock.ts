/** One runtime per data directory: two would write the same journals. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@fairlead/protocol";
import { findRunning, identityOf } from "./process/identity.ts";

export interface DataLock {
  release(): void;
}

/** Takes the directory, making it if need be. Throws CONFLICT when a running process has it; a crashed one's lock is replaced. */
export function lockDataDir(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "lock");
  const own = `${identityOf(process.pid)}\n`;
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
  try {
    return findRunning(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
