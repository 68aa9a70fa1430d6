/** A process by its id and its start, which tells it from a later one with the same id. */
import { readFileSync } from "node:fs";

export function identityOf(pid: number): string {
  return `${pid} ${startOf(pid)}`;
}

/** Whether the process can be told from a later one with the same id: without /proc it cannot. */
export function isDistinct(identity: string): boolean {
  return !identity.trim().endsWith(" ?");
}

/** The id of the process that is meant, if it still runs and is another than this one. */
export function findRunning(identity: string): number | undefined {
  const [word, start] = identity.trim().split(" ");
  const pid = Number(word);
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
  }
  return startOf(pid) === start ? pid : undefined;
}

/** When the process started, as the kernel counts it. "?": not told here. */
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
