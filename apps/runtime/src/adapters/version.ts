/** Asks a program which version it is, and compares that with what was tested. Shared by the adapters. */
import type { Program } from "@fairlead/protocol";
import { coerce, satisfies } from "semver";
import type { Processes, ProcessSpec } from "../process/spawn.ts";

/** How long a program may take to say its version (ms); coding agents need up to a few seconds on a busy machine. */
const ANSWER_LIMIT_MS = 15_000;
const MAX_ANSWER_BYTES = 16 * 1024;

export interface VersionQuestion {
  readonly name: string;
  /** A range as npm writes it, e.g. `2.1 - 2.3`. */
  readonly tested: string;
  readonly args?: readonly string[];
}

/** Runs `<command> --version`. Undefined when it does not say; never rejects. */
export async function probeVersion(
  processes: Processes,
  spec: ProcessSpec,
  { name, tested, args = ["--version"] }: VersionQuestion,
): Promise<Program | undefined> {
  const started = await processes.start({ ...spec, args }, { grace: 250 });
  if (!started.ok) return undefined;
  const { process } = started;
  process.stdin.end();
  let said = "";
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      if (said.length < MAX_ANSWER_BYTES) said += chunk.toString("utf8");
    });
    stream.resume();
  }
  const limit = setTimeout(() => void process.stop(["SIGKILL"]), ANSWER_LIMIT_MS);
  await process.gone;
  clearTimeout(limit);
  const version = coerce(/\d+\.\d+\.\d+(?:-[\w.]+)?/.exec(said)?.[0] ?? "", { includePrerelease: true })?.version;
  return version === undefined ? undefined : { name, version, tested, in_range: satisfies(version, tested, { includePrerelease: true }) };
}
