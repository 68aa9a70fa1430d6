/** How far a plan is. */
import type { PlanEntry } from "@fairlead/protocol";

/** `3/7`: entries done, of all. */
export function planCount(entries: readonly PlanEntry[]): string {
  return `${entries.filter(({ status }) => status === "completed").length}/${entries.length}`;
}

/** What is being done now; undefined where nothing is. */
export function planStep(entries: readonly PlanEntry[]): string | undefined {
  return entries.find(({ status }) => status === "in_progress")?.content;
}
