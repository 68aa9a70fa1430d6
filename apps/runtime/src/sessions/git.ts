/** Runs git as a process of the runtime's, bounded in time and output. */
import { type CommandResult, complaintOf as complaint, runCommand } from "../process/command.ts";
import type { Processes } from "../process/spawn.ts";

/** How long one command may take (ms); a checkout of a large repository takes a while. */
const LIMIT_MS = 300_000;

export type GitResult = CommandResult;

export type Git = (folder: string, args: readonly string[]) => Promise<GitResult>;

/** Rejects with an Error for people when git cannot be started; how it ended is a value. */
export function createGit(processes: Processes): Git {
  return (folder, args) =>
    runCommand(
      processes,
      {
        command: "git",
        // No daemon may outlive the command.
        args: ["-c", "core.fsmonitor=false", ...args],
        work_dir: folder,
        env: { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
      },
      { limit: LIMIT_MS },
    );
}

/** What git said was wrong, in one line. */
export function complaintOf(result: GitResult): string {
  return complaint(result, "git");
}
