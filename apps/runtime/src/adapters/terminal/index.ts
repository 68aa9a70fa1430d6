/** `terminal`: a program in a terminal that people look at. It has no turns; terminals/ opens it. */
import { PLAIN_ABILITIES, type TerminalConfig } from "@fairlead/protocol";
import { ptyFault } from "../../process/pty.ts";
import { tmuxFault } from "../../process/tmux.ts";
import type { Adapter, AgentSession } from "../contract.ts";

export const terminal: Adapter<TerminalConfig> = {
  profile: "terminal",
  capabilities: {
    ...PLAIN_ABILITIES,
    exec_model: "interactive",
    turn_completion: false,
    approvals: false,
    files: false,
    terminal: "only",
  },
  unavailable: async (config, processes) =>
    (await ptyFault()) ??
    (config.keep === "tmux" ? await tmuxFault(processes) : undefined) ??
    processes.check({ ...config, command: config.command ?? processes.loginShell() }),
  start: () => ({ open: async () => SESSION, stop: async () => undefined }),
};

/** Takes no messages: what is typed goes into the terminal itself. */
const SESSION: AgentSession = {
  runTurn: async () => ({
    ok: false,
    error: { kind: "protocol", message: "This is a terminal: it takes keys, not messages. Open it and type." },
  }),
  answer: async () => false,
  close: async () => undefined,
};
