/** Finds what a test left behind: children, and agents that a runtime started for it. */
import { readdirSync, readFileSync } from "node:fs";
import { leftChildren } from "./child.ts";

/** The environment variable every agent of a world carries. */
export const WORLD_VARIABLE = "HARNESS_WORLD";

/** Processes that carry a world's mark, oldest first. Only where there is a /proc; elsewhere nothing is found. */
export function agentPids(world: string): number[] {
  return numericEntries("/proc").filter((pid) => {
    if (pid === process.pid) return false;
    try {
      const marked = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${WORLD_VARIABLE}=${world}`);
      return marked && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    } catch {
      return false;
    }
  });
}

function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Throws naming what still runs of a world. */
export function assertNothingLeft(world: string): void {
  const agents = agentPids(world).map((pid) => `agent (${pid})`);
  const left = [...leftChildren(), ...agents];
  if (left.length > 0) throw new Error(`left running: ${left.join(", ")}`);
}
