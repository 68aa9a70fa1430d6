/** All that runs in one terminal: a shell gives each of its jobs a group of its own, but they stay in the terminal's session. */
import { isGroupAlive, membersOf, signalGroup, waitUntilGone } from "./group.ts";

function isSessionAlive(session: number): boolean {
  return process.platform === "linux" ? membersOf("session", session).length > 0 : isGroupAlive(session);
}

/** Signals every process of the session, in whichever group it is; one that is gone is no error. */
export function signalSession(session: number, signal: NodeJS.Signals): void {
  signalGroup(session, signal);
  if (process.platform !== "linux") return;
  for (const pid of membersOf("session", session)) {
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
    if (await waitUntilGone(() => isSessionAlive(session), grace)) return true;
  }
  return false;
}
