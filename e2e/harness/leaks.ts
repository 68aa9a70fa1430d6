/** Finds what a test left behind: children, and agents that a runtime started for it. */
import { readdirSync, readFileSync } from "node:fs";
import { leftChildren } from "./child.ts";

/** The environment variable every agent of a world carries. */
export const WORLD_VARIABLE = "HARNESS_WORLD";

export interface AgentProcess {
  readonly pid: number;
  /** Whether it leads a process group: the program a runtime started, not one that this program started. */
  readonly leader: boolean;
}

/** Processes that carry a world's mark. Only where there is a /proc; elsewhere nothing is found. */
export function agentProcesses(world: string): AgentProcess[] {
  return processIds().flatMap((pid) => {
    try {
      const marked = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${WORLD_VARIABLE}=${world}`);
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The name in parentheses may itself hold spaces and parentheses.
      const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return marked && state !== "Z" ? [{ pid, leader: Number(group) === pid }] : [];
    } catch {
      return [];
    }
  });
}

/** Processes that hold terminals for runtimes below a folder: they outlive those on purpose. */
export function holderProcesses(folder: string): number[] {
  return processIds().filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words.includes("hold") && words.some((word) => word.startsWith(`${folder}/`));
    } catch {
      return false;
    }
  });
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return [];
  }
}

/** Throws naming what still runs of a world. */
export function assertNothingLeft(world: string): void {
  const agents = agentProcesses(world).map(({ pid }) => `agent (${pid})`);
  const left = [...leftChildren(world), ...agents];
  if (left.length > 0) throw new Error(`left running: ${left.join(", ")}`);
}
