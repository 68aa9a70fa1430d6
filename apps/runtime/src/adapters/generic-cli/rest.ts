/** Waits until a program has come to rest: back at its prompt, silent for long enough, or ended. */
import { type Pump, readEmpty } from "../../process/pump.ts";
import type { Prompt } from "./prompt.ts";

export interface Restable {
  readonly pumps: readonly Pump[];
  readonly prompt: Prompt | undefined;
  readonly exited: Promise<unknown>;
  /** Calls back after each piece of output and after each pause; undefined ends it. */
  watch(callback: (() => void) | undefined): void;
}

export interface RestOptions {
  /** Silence (ms) that counts as rest; undefined: silence never does. */
  readonly silence: number | undefined;
  /** Quiet (ms) that a prompt needs after it. */
  readonly after_prompt: number;
  readonly signal: AbortSignal;
}

export type Rest = "prompt" | "silence" | "exit" | "aborted";

/** Settles with why the wait is over. Time during which we do not read is not the program's silence. */
export function waitForRest(program: Restable, options: RestOptions): Promise<Rest> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;

    function finish(why: Rest): void {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      program.watch(undefined);
      options.signal.removeEventListener("abort", onAbort);
      resolve(why);
    }

    function arm(): void {
      clearTimeout(timer);
      if (isOver || program.pumps.some((one) => one.isPaused())) return;
      const wait = program.prompt?.isShown() ? options.after_prompt : options.silence;
      if (wait !== undefined) timer = setTimeout(() => void settle(), wait);
    }

    /** The prompt may come on one pipe while the answer before it still waits in the other: read both empty first. */
    async function settle(): Promise<void> {
      const seen = heard();
      await readEmpty(program.pumps);
      if (heard() !== seen) arm();
      else finish(program.prompt?.isShown() ? "prompt" : "silence");
    }

    const heard = () => program.pumps.reduce((sum, one) => sum + one.count(), 0);
    const onAbort = () => finish("aborted");
    program.watch(arm);
    void program.exited.then(() => finish("exit"));
    if (options.signal.aborted) finish("aborted");
    else options.signal.addEventListener("abort", onAbort, { once: true });
    arm();
  });
}
