/** Remembers on disk which process groups run, so that the next start can end what a crashed runtime left behind. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { membersOf, stopGroup } from "./group.ts";
import { findRunning, identityOf, isDistinct } from "./identity.ts";

/** The variable that marks every child with the runtime instance that started it. */
export const CHILD_MARKER = "FAIRLEAD_RUNTIME_CHILD";

interface GroupFile {
  readonly instance: string;
  readonly groups: readonly number[];
  /** The process that keeps the record; older ones do not say. */
  readonly keeper?: string;
}

export interface GroupRecord {
  add(group: number): void;
  remove(group: number): void;
  /** Nothing runs any more: removes the record, unless it is another's by now. */
  clear(): void;
}

function fileIn(dataDir: string): string {
  return join(dataDir, "process-groups.json");
}

function readRecord(dataDir: string): GroupFile | undefined {
  try {
    const { instance, groups, keeper = "" } = JSON.parse(readFileSync(fileIn(dataDir), "utf8")) as GroupFile;
    const isSane = typeof instance === "string" && instance !== "" && groups.every((group) => Number.isSafeInteger(group) && group > 1);
    return isSane && typeof keeper === "string" ? { instance, groups, keeper } : undefined;
  } catch {
    // Missing: a first start. Broken: nothing in it can be trusted enough to kill by it.
    return undefined;
  }
}

/**
 * Opens the record of this runtime instance, forgetting the one before: call `sweepLeftovers` first. Later writes never throw:
 * a full disk costs the sweep after a crash, not the agents that run; `onFault` hears of it.
 */
export function openGroupRecord(dataDir: string, instance: string, onFault?: (error: unknown) => void): GroupRecord {
  const groups = new Set<number>();
  const keeper = identityOf(process.pid);
  const save = () => {
    const file = fileIn(dataDir);
    writeFileSync(`${file}.new`, JSON.stringify({ instance, groups: [...groups], keeper } satisfies GroupFile), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const trySave = () => {
    try {
      save();
    } catch (error) {
      onFault?.(error);
    }
  };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  save();
  return {
    add(group) {
      groups.add(group);
      trySave();
    },
    remove(group) {
      if (groups.delete(group)) trySave();
    },
    clear() {
      groups.clear();
      if (readRecord(dataDir)?.instance === instance) rmSync(fileIn(dataDir), { force: true });
    },
  };
}

/** The process that keeps a directory's record, if it runs, is another than this one and can be told from one that only has its id. */
export function keeperOf(dataDir: string): number | undefined {
  const keeper = readRecord(dataDir)?.keeper ?? "";
  return isDistinct(keeper) ? findRunning(keeper) : undefined;
}

/** Whether the group has a member that carries the marker; a pid the system gave to somebody else has none. */
function isOurs(group: number, instance: string): boolean {
  const marker = `${CHILD_MARKER}=${instance}`;
  return membersOf("group", group).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(marker);
    } catch {
      return false;
    }
  });
}

/**
 * Ends the groups that a crashed runtime left running and tells which. Where the marker cannot be read (no /proc) nothing is
 * killed, and nothing while the process that keeps the record runs. `grace` (ms) is given after TERM; the interrupt is skipped, since nobody waits for these any more.
 */
export async function sweepLeftovers(dataDir: string, options: { readonly grace: number }): Promise<number[]> {
  const record = readRecord(dataDir);
  if (record === undefined || process.platform !== "linux" || findRunning(record.keeper ?? "") !== undefined) return [];
  const leftovers = record.groups.filter((group) => isOurs(group, record.instance));
  await Promise.all(leftovers.map((group) => stopGroup(group, { grace: options.grace, signals: ["SIGTERM", "SIGKILL"] })));
  return leftovers;
}
