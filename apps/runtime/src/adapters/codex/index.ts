/** `codex`: OpenAI's Codex over `codex app-server`, one process for each session. */
import type { CodexConfig } from "@fairlead/protocol";
import type { Processes } from "../../process/spawn.ts";
import type { Adapter } from "../contract.ts";
import { probeVersion } from "../version.ts";
import { listNativeSessions } from "./native-sessions.ts";
import { profileArgs } from "./profile.ts";
import { openCodexSession } from "./session.ts";

const TESTED = ">=0.169 <0.170";

// A process for each session, though one could serve many: it is the only writer of its conversation, its crash or its end by a stop
// hits nobody else, and the 80 MB it holds are bounded by the runtime's limit on sessions.
export const codex: Adapter<CodexConfig> = {
  profile: "codex",
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
  unavailable: async (config, processes) => (await processes.check(config)) ?? profileFault(config, processes),
  probe: (config, processes) => probeVersion(processes, config, { name: "Codex", tested: TESTED, args: [...config.args, "--version"] }),
  start: (config, host) => ({
    open: async (options) => openCodexSession(config, host, options),
    listNative: () => listNativeSessions(config, host),
    stop: async () => undefined,
  }),
};

function profileFault(config: CodexConfig, processes: Processes): string | undefined {
  try {
    profileArgs(config, processes.workDir({}));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
