/** `generic-job`: one process per message. The message is its input, its exit ends the turn. */
import { setTimeout as delay } from "node:timers/promises";
import { type JobConfig, PLAIN_ABILITIES } from "@fairlead/protocol";
import { pump, readRest } from "../../process/pump.ts";
import type { AgentProcess, ProcessExit } from "../../process/spawn.ts";
import type { Adapter, AdapterHost, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createSpeech } from "../speech.ts";

/** How long (ms) a pipe may stay silent after the job's group is gone before it counts as empty. */
const QUIET_MS = 100;

export const genericJob: Adapter<JobConfig> = {
  profile: "generic-job",
  capabilities: { ...PLAIN_ABILITIES, exec_model: "run-to-completion", turn_completion: true, approvals: false, files: false },
  unavailable: (config, processes) => processes.check(config),
  start: (config, host) => ({
    open: async (options) => openSession(config, host, options),
    stop: async () => undefined,
  }),
};

function openSession(config: JobConfig, host: AdapterHost, options: OpenSession): AgentSession {
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    async runTurn(input, signal) {
      const turn = runJob({ config, host, options, input, signal: AbortSignal.any([signal, closing.signal]) });
      running = turn;
      return await turn;
    },
    answer: async () => false,
    async close() {
      closing.abort();
      await running;
    },
  };
}

interface Job {
  readonly config: JobConfig;
  readonly host: AdapterHost;
  readonly options: OpenSession;
  readonly input: TurnInput;
  readonly signal: AbortSignal;
}

async function runJob({ config, host, options, input, signal }: Job): Promise<TurnResult> {
  if (signal.aborted) return { ok: true, stop_reason: "cancelled" };
  const args = config.args.map((arg) => arg.replaceAll("{message}", () => input.text));
  const started = await host.processes.start({ ...config, args }, { grace: host.stop_grace });
  if (!started.ok) return { ok: false, error: started.error };
  const job = started.process;
  const output = readOutput(job, options);
  const limit = Math.min(config.max_runtime ?? host.default_timeout, host.default_timeout);
  let why: "cancelled" | "timeout" | undefined;
  let tellStopped: (nothing: undefined) => void;
  const stopped = new Promise<undefined>((resolve) => {
    tellStopped = resolve;
  });
  const stop = async (reason: "cancelled" | "timeout") => {
    why ??= reason;
    await job.stop();
    // What the job still had to say gets a moment; a reader that is paused or a process that escaped does not hold the stop up.
    await Promise.race([output.finished, delay(QUIET_MS)]);
    output.discard();
    tellStopped(undefined);
  };
  const onAbort = () => void stop("cancelled");
  const timer = setTimeout(() => void stop("timeout"), limit);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  job.stdin.end(input.text);

  const exit = await Promise.race([output.finished, stopped]);
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  output.end();
  if (why === "timeout") {
    return { ok: false, error: { kind: "timeout", message: `The job was stopped after ${limit / 1_000} s (max_runtime).` } };
  }
  return why === "cancelled" || exit === undefined ? { ok: true, stop_reason: "cancelled" } : resultOf(exit);
}

/** Streams the job's output; `finished` once its group is gone and its pipes are empty. */
function readOutput(job: AgentProcess, options: OpenSession) {
  const speeches = [createSpeech("stdout", options.emit), createSpeech("stderr", options.emit)] as const;
  const [out, err] = speeches;
  const pumps = [
    pump(job.stdout, { onChunk: out.write, resumed: options.resumed }),
    pump(job.stderr, { onChunk: err.write, resumed: options.resumed }),
  ];
  async function finish(): Promise<ProcessExit> {
    const exit = await job.exited;
    await job.gone;
    await readRest(pumps, QUIET_MS);
    return exit;
  }
  return {
    finished: finish(),
    discard() {
      for (const one of pumps) one.destroy();
    },
    end() {
      for (const speech of speeches) speech.end();
    },
  };
}

/** An exit code is an answer, whatever it is (a test run that fails was still run); a signal from elsewhere is a failure. */
function resultOf(exit: ProcessExit): TurnResult {
  if (exit.signal === undefined) return { ok: true, stop_reason: "end_turn", exit_code: exit.code };
  return { ok: false, error: { kind: "exit", message: `The job was killed by ${exit.signal}.`, signal: exit.signal } };
}
