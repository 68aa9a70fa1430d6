/** All that runs in one terminal: a shell gives each of its jobs a group of its own, but they stay in the terminal's session. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isGroupAlive, signalGroup } from "./group.ts";

const FIRST_POLL_MS = 4;
const LONGEST_POLL_MS = 50;

/** Pids of the session's members that still run, by /proc (Linux). */
export function sessionMembers(session: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        // After the last bracket of the command name: state, parent, group, session.
        const [state, , , owner] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(owner) === session && state !== "Z" && state !== "X";
      } catch {
        return false;
      }
    });
}

function isSessionAlive(session: number): boolean {
  return process.platform === "linux" ? sessionMembers(session).length > 0 : isGroupAlive(session);
}

/** Signals every process of the session, in whichever group it is; one that is gone is no error. */
export function signalSession(session: number, signal: NodeJS.Signals): void {
  signalGroup(session, signal);
  if (process.platform !== "linux") return;
  for (const pid of sessionMembers(session)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended meanwhile, or runs as another user (sudo): its terminal is hung up all the same.
    }
  }
}

/**
 * Hangs up, then TERM, then KILL, each after `grace` (ms); settles when the session is gone. An interactive shell ignores INT and TERM, and
 * passes a hang-up on to its jobs. Tells whether all is gone: a process that the kernel cannot kill stays.
 */
export async function stopSession(session: number, grace: number): Promise<boolean> {
  for (const signal of ["SIGHUP", "SIGTERM", "SIGKILL"] as const) {
    if (!isSessionAlive(session)) return true;
    signalSession(session, signal);
    // A stopped job (Ctrl-Z) gets its signal only when it goes on.
    signalSession(session, "SIGCONT");
    if (await waitForSession(session, grace)) return true;
  }
  return false;
}

async function waitForSession(session: number, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit;
  let pause = FIRST_POLL_MS;
  while (isSessionAlive(session)) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
    pause = Math.min(pause * 2, LONGEST_POLL_MS);
  }
  return true;
}
