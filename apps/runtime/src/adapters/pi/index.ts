/** `pi`: the pi coding agent over its RPC mode, one process for each session, with a gate that makes it ask. */
import type { PiConfig } from "@fairlead/protocol";
import type { Adapter } from "../contract.ts";
import { probeVersion } from "../version.ts";
import { listNative } from "./native.ts";
import { openSession } from "./session.ts";

const TESTED = "0.73.x || 0.87.x || 1.5.x";

export const pi: Adapter<PiConfig> = {
  profile: "pi",
  capabilities: {
    exec_model: "interactive",
    turn_completion: true,
    approvals: true,
    files: false,
    steer: true,
    attachments: "images",
    resume: true,
    native_sessions: true,
    worktree: true,
    terminal: "none",
  },
  unavailable: (config, processes) => processes.check(config),
  probe: (config, processes) => probeVersion(processes, config, { name: "pi", tested: TESTED, args: [...config.args, "--version"] }),
  start: (config, host) => ({
    open: async (options) => openSession(config, host, options),
    listNative: () => listNative(config, host.processes.workDir({})),
    stop: async () => undefined,
  }),
};
