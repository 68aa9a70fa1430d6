/** `claude-code`: Claude Code over its stream-json interface, one process for each session, asking before it acts. */
import type { ClaudeCodeConfig } from "@fairlead/protocol";
import type { Adapter, OpenSession } from "../contract.ts";
import { probeVersion } from "../version.ts";
import { listNative } from "./native-sessions.ts";
import { openSession } from "./session.ts";

const TESTED = ">=2.1 <2.2";

export const claudeCode: Adapter<ClaudeCodeConfig> = {
  profile: "claude-code",
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
  probe: (config, processes) => probeVersion(processes, config, { name: "claude", tested: TESTED, args: [...config.args, "--version"] }),
  start(config, host) {
    const writers = new Map<string, OpenSession>();
    return {
      open: async (options) => openSession({ config, host, writers }, options),
      listNative: () => listNative(config, host.processes.workDir({})),
      stop: async () => undefined,
    };
  },
};
