/** Agents that speak the Agent Client Protocol and are known by name: their command lines and the settings that make them ask. */

interface AcpPreset {
  /** What people call it. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the agent's environment, below what the config file says. */
  readonly env: Readonly<Record<string, string>>;
  /** The session mode in which it asks, where its first mode does not. */
  readonly mode?: string;
  /** Other names of the profile that config files use. */
  readonly aliases: readonly string[];
}

/** Both allow everything unless told otherwise, and take their settings as JSON text. */
const ASK_FOR_ALL = JSON.stringify({ permission: { edit: "ask", bash: "ask", webfetch: "ask" } });

export const ACP_PRESET_TABLE = {
  gemini: { title: "Gemini CLI", command: "gemini", args: ["--acp"], env: {}, aliases: ["gemini-cli"] },
  copilot: {
    title: "GitHub Copilot",
    command: "copilot",
    args: ["--acp", "--no-auto-update"],
    env: {},
    aliases: ["github-copilot"],
  },
  opencode: { title: "OpenCode", command: "opencode", args: ["acp"], env: { OPENCODE_CONFIG_CONTENT: ASK_FOR_ALL }, aliases: [] },
  qwen: { title: "Qwen Code", command: "qwen", args: ["--acp"], env: {}, mode: "default", aliases: ["qwen-code"] },
  kilo: { title: "Kilo Code", command: "kilo", args: ["acp"], env: { KILO_CONFIG_CONTENT: ASK_FOR_ALL }, aliases: ["kilo-code"] },
  claude_agent_acp: { title: "Claude Code (ACP)", command: "claude-agent-acp", args: [], env: {}, aliases: ["claude-agent-acp"] },
  codex_acp: { title: "Codex (ACP)", command: "codex-acp", args: [], env: {}, aliases: ["codex-acp"] },
  pi_acp: { title: "pi (ACP)", command: "pi-acp", args: [], env: {}, aliases: ["pi-acp"] },
} as const satisfies Readonly<Record<string, AcpPreset>>;

export type AcpPresetName = keyof typeof ACP_PRESET_TABLE;
export const ACP_PRESETS = Object.keys(ACP_PRESET_TABLE) as [AcpPresetName, ...AcpPresetName[]];

export function acpPreset(name: AcpPresetName): AcpPreset {
  return ACP_PRESET_TABLE[name];
}
