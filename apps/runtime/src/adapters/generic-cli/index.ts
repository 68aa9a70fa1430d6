/** `generic-cli`: an interactive program behind pipes (a shell, a REPL); silence or its prompt ends a turn. */
import { type CliConfig, PLAIN_ABILITIES } from "@fairlead/protocol";
import type { Adapter, AgentSession, OpenSession } from "../contract.ts";
import { createProgram, type Program } from "./program.ts";

export const genericCli: Adapter<CliConfig> = {
  profile: "generic-cli",
  capabilities: { ...PLAIN_ABILITIES, exec_model: "interactive", turn_completion: false, approvals: false, files: false },
  unavailable: (config, processes) => processes.check(config),
  start(config, host) {
    const shared = config.spawn_policy === "persistent" ? createProgram(config, host) : undefined;
    return {
      open: async (options) =>
        shared === undefined ? openSession(createProgram(config, host), options, true) : openSession(shared, options, false),
      stop: async () => await shared?.stop(),
    };
  },
};

/** `owned`: the program is this session's alone and ends with it. */
function openSession(program: Program, options: OpenSession, owned: boolean): AgentSession {
  let isClosed = false;
  let stop: (() => void) | undefined;
  let running: Promise<unknown> = Promise.resolve();
  return {
    async runTurn(input, signal) {
      const stopping = new AbortController();
      stop = () => stopping.abort();
      if (isClosed || signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      const turn = program.run({ text: input.text, signal: stopping.signal, listener: options });
      running = turn;
      return await turn;
    },
    answer: async () => false,
    async close() {
      isClosed = true;
      stop?.();
      await Promise.all([running, owned ? program.stop() : undefined]);
      // Again, for a program that was only just starting.
      if (owned) await program.stop();
      program.release(options);
    },
  };
}
