/** `generic-cli`: an interactive program behind pipes (a shell, a REPL); silence or its prompt ends a turn. */
import type { CliConfig } from "@fairlead/protocol";
import type { Adapter, AgentSession, OpenSession } from "../contract.ts";
import { createProgram, type Program } from "./program.ts";

export const genericCli: Adapter<CliConfig> = {
  profile: "generic-cli",
  capabilities: { exec_model: "interactive", turn_completion: false, approvals: false, files: false },
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
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    async runTurn(input, signal) {
      const turn = program.run({ text: input.text, signal: AbortSignal.any([signal, closing.signal]), listener: options });
      running = turn;
      return await turn;
    },
    answer: async () => undefined,
    async close() {
      closing.abort();
      await Promise.all([running, owned ? program.stop() : undefined]);
      // Again, for a program that was only just starting.
      if (owned) await program.stop();
      program.release(options);
    },
  };
}
