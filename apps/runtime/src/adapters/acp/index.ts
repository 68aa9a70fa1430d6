/** `acp`: any agent that speaks the Agent Client Protocol, wire version 1, over stdio. */
import { type AcpConfig, acpPreset } from "@fairlead/protocol";
import type { Adapter } from "../contract.ts";
import { probeVersion } from "../version.ts";
import { listNativeSessions } from "./native-sessions.ts";
import { createSession } from "./session.ts";
import { createSettings } from "./settings.ts";

export const acp: Adapter<AcpConfig> = {
  profile: "acp",
  capabilities: {
    exec_model: "interactive",
    turn_completion: true,
    approvals: true,
    files: false,
    // A second prompt while one runs cancels the first with some agents and is refused by others.
    steer: false,
    attachments: "images",
    resume: true,
    native_sessions: true,
    worktree: true,
    terminal: "none",
  },
  async unavailable(config, processes) {
    const { pi } = createSettings(config);
    const fault = await processes.check(config);
    return fault ?? (pi === undefined ? undefined : processes.check({ ...config, command: pi.command }));
  },
  async probe(config, processes) {
    if (config.preset === undefined) return undefined;
    const { version, args } = acpPreset(config.preset);
    if (version === undefined) return undefined;
    // A script before the preset's own arguments is part of the command.
    const given = config.args.length === 0 ? args : config.args;
    const script = given.slice(0, given.length - args.length);
    return probeVersion(processes, config, { ...version, args: [...script, "--version"] });
  },
  start(config, host) {
    const settings = createSettings(config);
    return {
      open: async (session) => createSession({ settings, host, session }),
      listNative: () => listNativeSessions(settings, host),
      stop: async () => undefined,
    };
  },
};
