/** Runs git as a process of the runtime's, bounded in time and output. */
import { pump, readRest } from "../process/pump.ts";
import type { Processes } from "../process/spawn.ts";
import { clipText, createTextDecoder, safeText } from "../process/text.ts";

/** How long one command may take (ms); a checkout of a large repository takes a while. */
const LIMIT_MS = 300_000;
const GRACE_MS = 2_000;
const PIPE_QUIET_MS = 100;
/** How much of each stream is kept, in bytes; the rest is read and thrown away. */
const MAX_KEPT_BYTES = 1024 * 1024;

export interface GitResult {
  /** Undefined: ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type Git = (folder: string, args: readonly string[]) => Promise<GitResult>;

/** Rejects with an Error for people when git cannot be started; how it ended is a value. */
export function createGit(processes: Processes): Git {
  return async (folder, args) => {
    const started = await processes.start(
      {
        command: "git",
        // No daemon may outlive the command.
        args: ["-c", "core.fsmonitor=false", ...args],
        work_dir: folder,
        env: { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
      },
      { grace: GRACE_MS },
    );
    if (!started.ok) throw new Error(started.error.message);
    const { process } = started;
    const out = collect();
    const err = collect();
    const pumps = [
      pump(process.stdout, { onChunk: out.take, resumed: async () => undefined }),
      pump(process.stderr, { onChunk: err.take, resumed: async () => undefined }),
    ];
    process.stdin.end();
    const limit = setTimeout(() => void process.stop(["SIGTERM", "SIGKILL"]), LIMIT_MS);
    const { code } = await process.exited;
    await process.gone;
    clearTimeout(limit);
    await readRest(pumps, PIPE_QUIET_MS);
    return { code, stdout: out.text(), stderr: err.text() };
  };
}

/** What git said was wrong, in one line. */
export function complaintOf({ stderr, stdout, code }: GitResult): string {
  const said = clipText(safeText(stderr.trim() || stdout.trim()).replace(/\s+/g, " "), 1_000);
  return said || `git ended with ${code === undefined ? "a signal" : `code ${code}`}`;
}

function collect() {
  const decoder = createTextDecoder();
  let text = "";
  let kept = 0;
  return {
    take(chunk: Buffer) {
      if (kept < MAX_KEPT_BYTES) text += decoder.write(chunk);
      kept += chunk.length;
      return true;
    },
    text: () => text,
  };
}
