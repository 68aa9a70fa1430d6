/** Process groups: whether one still lives, signalling it, and stopping it in three steps. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const FIRST_POLL_MS = 4;
const LONGEST_POLL_MS = 50;
const isLinux = process.platform === "linux";

/** Where in /proc/PID/stat, counted from the state, a process says what it belongs to. */
const PLACES = { group: 2, session: 3 } as const;

/** Pids of the running processes that belong to a group or a session, by /proc. Zombies do not run: nobody may ever reap them in a container. */
export function membersOf(kind: keyof typeof PLACES, id: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        // The command name may hold spaces and brackets; what follows its last bracket is: state, parent, group, session.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(fields[PLACES[kind]]) === id && fields[0] !== "Z" && fields[0] !== "X";
      } catch {
        return false;
      }
    });
}

/** Whether a process runs; a zombie does not. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!isLinux) return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !["Z", "X"].includes(stat.charAt(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Whether any process of the group still runs. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    // EPERM: there are members, but zombies only (macOS) or another user's (Linux).
    if (!(error instanceof Error && "code" in error && error.code === "EPERM" && isLinux)) return false;
  }
  return isLinux ? membersOf("group", group).length > 0 : true;
}

/** Signals every process of the group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Waits until the group is gone, at most `limit` ms; tells whether it is. */
export function waitForGroup(group: number, limit: number): Promise<boolean> {
  return waitUntilGone(() => isGroupAlive(group), limit);
}

/** Asks again and again, less and less often, until it is gone or `limit` (ms) is over; tells whether it is gone. */
export async function waitUntilGone(isAlive: () => boolean, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit;
  let pause = FIRST_POLL_MS;
  while (isAlive()) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
    pause = Math.min(pause * 2, LONGEST_POLL_MS);
  }
  return true;
}

export interface StopOptions {
  /** How long (ms) the group may take to obey each signal. */
  readonly grace: number;
  /** The steps; KILL should be the last. */
  readonly signals?: readonly NodeJS.Signals[];
}

/**
 * Interrupt, then TERM, then KILL, each after `grace`; settles when the group is gone. Only a process that the kernel cannot
 * kill (stuck in a device) is left after a last grace, and then `false` is told.
 */
export async function stopGroup(group: number, options: StopOptions): Promise<boolean> {
  for (const signal of options.signals ?? (["SIGINT", "SIGTERM", "SIGKILL"] as const)) {
    signalGroup(group, signal);
    if (await waitForGroup(group, options.grace)) return true;
  }
  return false;
}
