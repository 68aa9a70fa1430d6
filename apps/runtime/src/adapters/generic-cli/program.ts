/** One interactive program behind pipes: started when first needed, spoken to turn by turn, started anew when it has ended. */
import type { CliConfig, MessageKind } from "@fairlead/protocol";
import { type Pump, pump, readRest } from "../../process/pump.ts";
import type { AgentProcess, ProcessExit, SpawnError } from "../../process/spawn.ts";
import type { AdapterHost, OpenSession, TurnResult } from "../contract.ts";
import { createPauses } from "../pauses.ts";
import { createSpeech } from "../speech.ts";
import { createPrompt, type Prompt } from "./prompt.ts";
import { type Rest, type Restable, waitForRest } from "./rest.ts";

/** Quiet (ms) after a prompt that ends a turn of several lines: each line brings a prompt of its own. */
const LINES_QUIET_MS = 300;
/** How long (ms) a pipe may stay silent after the program's group is gone before it counts as empty. */
const PIPE_QUIET_MS = 100;
/** How much a stop reads past a pause, to see whether the program has come back to its prompt. */
const STOP_READ_BYTES = 1024 * 1024;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

/** Who hears the program: the session whose turn runs, between turns the last one. */
export type Listener = Pick<OpenSession, "emit" | "resumed">;

export interface ProgramTurn {
  readonly text: string;
  readonly signal: AbortSignal;
  readonly listener: Listener;
}

export interface Program {
  /** Runs one turn; turns of all sessions that share the program run one after another. */
  run(turn: ProgramTurn): Promise<TurnResult>;
  /** The listener's session has closed: what the program says until the next turn is thrown away. */
  release(listener: Listener): void;
  /** Ends the program and waits until its group is gone. */
  stop(): Promise<void>;
}

/** A started program with its readers. */
interface Running extends Restable {
  readonly process: AgentProcess;
  readonly pumps: readonly Pump[];
  readonly prompt: Prompt | undefined;
  /** The process has ended, its group is gone and its output is read. */
  readonly finished: Promise<ProcessExit>;
}

export function createProgram(config: CliConfig, host: AdapterHost): Program {
  let current: Running | undefined;
  let listener: Listener | undefined;
  const pauses = createPauses();
  /** The end of the last turn that runs or waits; undefined: the program is free, and a turn's input is written in the same tick. */
  let queue: Promise<unknown> | undefined;

  async function run(turn: ProgramTurn): Promise<TurnResult> {
    if (turn.signal.aborted) return CANCELLED;
    const before = queue;
    const mine = before === undefined ? runNow(turn) : before.then(() => (turn.signal.aborted ? CANCELLED : runNow(turn)));
    const end = mine.then(
      () => undefined,
      () => undefined,
    );
    queue = end;
    void end.then(() => {
      if (queue === end) queue = undefined;
    });
    const isFirst = before === undefined || (await Promise.race([before.then(() => true), aborted(turn.signal)]));
    return isFirst ? await mine : CANCELLED;
  }

  async function runNow(turn: ProgramTurn): Promise<TurnResult> {
    listener = turn.listener;
    const former = current?.process.isRunning() === false ? current : undefined;
    // What the last program still has to say comes first, unless a stop cannot wait for it.
    if (former !== undefined && (await Promise.race([former.finished, aborted(turn.signal)])) === false) return CANCELLED;
    const started = current?.process.isRunning() ? { ok: true as const, running: current } : await start(turn);
    if (!started.ok) return started;
    const { running } = started;
    running.prompt?.forget();
    if (turn.signal.aborted) return CANCELLED;
    running.process.stdin.write(`${turn.text}\n`);
    const rest = await waitForRest(running, {
      silence: host.idle_timeout,
      after_prompt: turn.text.includes("\n") ? Math.min(LINES_QUIET_MS, host.idle_timeout) : 0,
      signal: turn.signal,
    });
    if (rest === "aborted") return await interrupt(running);
    if (rest !== "exit") return { ok: true, stop_reason: "end_turn" };
    const exit = await Promise.race([running.finished, aborted(turn.signal)]);
    if (exit !== false) return resultOf(exit);
    await discard(running);
    return CANCELLED;
  }

  async function start(turn: ProgramTurn): Promise<{ ok: true; running: Running } | { ok: false; error: SpawnError }> {
    const former = current;
    const exit = former === undefined ? undefined : await former.finished;
    const started = await host.processes.start(config, { grace: host.stop_grace });
    if (!started.ok) return started;
    const running = follow(started.process);
    current = running;
    if (exit !== undefined) {
      const text = `The program had ended (${describeExit(exit)}) and was started anew; what it knew is lost.`;
      turn.listener.emit({ type: "notice", level: "info", code: "restarted", text });
    }
    // A program with a prompt shows it when it is ready; input sent before would make that first prompt look like the answer's end.
    if (running.prompt !== undefined) await waitForRest(running, { silence: host.idle_timeout, after_prompt: 0, signal: turn.signal });
    return { ok: true, running };
  }

  function follow(process: AgentProcess): Running {
    const prompt = config.prompt_pattern === undefined ? undefined : createPrompt(config.prompt_pattern, tellTooSlow);
    let onChange: (() => void) | undefined;
    const read = (kind: MessageKind & ("stdout" | "stderr")) => {
      const speech = createSpeech(
        kind,
        (event) => listener?.emit(event) ?? true,
        (text) => prompt?.see(kind, text),
      );
      const one = pump(process[kind], {
        onChunk: (chunk) => {
          const mayGoOn = speech.write(chunk);
          onChange?.();
          return mayGoOn;
        },
        async resumed() {
          if (listener !== undefined) await pauses.until(listener.resumed());
          // Told in a moment, when the reader has really been resumed.
          setImmediate(() => onChange?.());
        },
      });
      return { speech, pump: one };
    };
    const streams = [read("stdout"), read("stderr")];
    const pumps = streams.map((stream) => stream.pump);
    async function finish(): Promise<ProcessExit> {
      const exit = await process.exited;
      await process.gone;
      await readRest(pumps, PIPE_QUIET_MS);
      for (const { speech } of streams) speech.end();
      return exit;
    }
    return {
      process,
      pumps,
      prompt,
      finished: finish(),
      exited: process.exited,
      watch(callback) {
        onChange = callback;
      },
    };
  }

  function tellTooSlow(): void {
    const text = "The prompt_pattern takes too long on this output, so from here on only silence ends a turn. Simplify it in the config.";
    listener?.emit({ type: "notice", level: "warning", text });
  }

  /** Ctrl-C: a program that comes back to its prompt (or, without a pattern, falls silent) is kept; any other is ended. */
  async function interrupt(running: Running): Promise<TurnResult> {
    for (const one of running.pumps) one.readThrough(STOP_READ_BYTES);
    running.prompt?.forget();
    let rest = await pressInterrupt(running);
    // A shell that is just starting a command can lose the first one.
    if (rest === "aborted") rest = await pressInterrupt(running);
    if (rest === "prompt" || rest === "silence") return CANCELLED;
    if (rest === "aborted") await running.process.stop(["SIGTERM", "SIGKILL"]);
    else await running.process.stop();
    await discard(running);
    return CANCELLED;
  }

  function pressInterrupt(running: Running): Promise<Rest> {
    running.process.signal("SIGINT");
    return waitForRest(running, {
      silence: running.prompt === undefined ? Math.min(host.idle_timeout, host.stop_grace / 3) : undefined,
      after_prompt: 0,
      signal: AbortSignal.timeout(host.stop_grace / 2),
    });
  }

  function release(closed: Listener): void {
    if (listener !== closed) return;
    listener = undefined;
    pauses.endAll();
  }

  async function stop(): Promise<void> {
    if (current === undefined) return;
    current.process.stdin.end();
    await current.process.stop();
    await discard(current);
  }

  return { run, release, stop };
}

/** Gives the last output a moment to be read, then stops reading. */
async function discard(running: Running): Promise<void> {
  if (running.pumps.every((one) => !one.isPaused())) {
    await Promise.race([running.finished, new Promise((resolve) => setTimeout(resolve, PIPE_QUIET_MS))]);
  }
  for (const one of running.pumps) one.destroy();
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
}

function describeExit(exit: ProcessExit): string {
  return exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
}

function resultOf(exit: ProcessExit): TurnResult {
  if (exit.code === 0) return { ok: true, stop_reason: "end_turn", exit_code: 0 };
  const message = `The program ended (${describeExit(exit)}). The next message starts a new one.`;
  return { ok: false, error: { kind: "exit", message, exit_code: exit.code, signal: exit.signal } };
}
