/** Runs a command to its end, bounded in time and output. */
import { pump, readRest } from "./pump.ts";
import type { Processes, ProcessSpec } from "./spawn.ts";
import { clipText, createTextDecoder, safeText } from "./text.ts";

const GRACE_MS = 2_000;
const PIPE_QUIET_MS = 100;
/** How much of each stream is kept, in bytes; the rest is read and thrown away. */
const MAX_KEPT_BYTES = 1024 * 1024;

export interface CommandResult {
  /** Undefined: ended by a signal, or after its limit, whatever it made of that. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects with an Error for people when it cannot be started; how it ended is a value. After `limit` (ms) it is ended. */
export async function runCommand(processes: Processes, spec: ProcessSpec, { limit }: { readonly limit: number }): Promise<CommandResult> {
  const started = await processes.start(spec, { grace: GRACE_MS });
  if (!started.ok) throw new Error(started.error.message);
  const { process } = started;
  const out = collect();
  const err = collect();
  const pumps = [
    pump(process.stdout, { onChunk: out.take, resumed: async () => undefined }),
    pump(process.stderr, { onChunk: err.take, resumed: async () => undefined }),
  ];
  process.stdin.end();
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    void process.stop(["SIGTERM", "SIGKILL"]);
  }, limit);
  const { code } = await process.exited;
  await process.gone;
  clearTimeout(late);
  await readRest(pumps, PIPE_QUIET_MS);
  return { code: isLate ? undefined : code, stdout: out.text(), stderr: err.text() };
}

/** What a command said was wrong, in one line. */
export function complaintOf({ stderr, stdout, code }: CommandResult, name: string): string {
  const said = clipText(safeText(stderr.trim() || stdout.trim()).replace(/\s+/g, " "), 1_000);
  return said || `${name} ended with ${code === undefined ? "a signal" : `code ${code}`}`;
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
