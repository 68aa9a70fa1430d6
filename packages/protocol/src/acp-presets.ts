/** Agents that speak the Agent Client Protocol and are known by name: their command lines and the settings that make them ask. */

interface AcpPreset {
  /** What people call it. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the agent's environment, below what the config file says. */
  readonly env: Readonly<Record<string, string>>;
  /** The session mode in which it asks, where its first mode does not or where its own settings could change that. */
  readonly mode?: string;
  /** Other names of the profile that config files use. */
  readonly aliases: readonly string[];
  /** How its program says its version (`--version` added to the command), and the versions that were tested. Absent: it does not say. */
  readonly version?: { readonly name: string; readonly tested: string };
  /** What to do on the agent's machine when it is not signed in. */
  readonly sign_in: { readonly text: string; readonly command?: string };
  /** It loses a conversation that is loaded sooner than this (ms) after its last use; the adapter waits so long. */
  readonly load_rest?: number;
  /** What a person must know when a conversation has been loaded. */
  readonly load_caution?: string;
  /** The tokens it tells with a prompt are those of all prompts of its process. */
  readonly sums_usage?: boolean;
  /**
   * It drives pi, which asks for nothing by itself: the variable of its environment that names pi's command (default: `pi`). By it the
   * adapter has pi started with its gate, without which it gives no work.
   */
  readonly pi_variable?: string;
}

/** Both allow everything unless told otherwise, and take their settings as JSON text, above those of the user and of the project. */
const ASK_FOR_ALL = JSON.stringify({ permission: { edit: "ask", bash: "ask", webfetch: "ask" } });

export const ACP_PRESET_TABLE = {
  gemini: {
    title: "Gemini CLI",
    command: "gemini",
    args: ["--acp"],
    env: {},
    mode: "default",
    aliases: ["gemini-cli"],
    version: { name: "gemini", tested: ">=0.61.0 <0.62.0" },
    sign_in: { text: "Run Gemini CLI on the agent's machine and sign in, or set GEMINI_API_KEY in the endpoint's env.", command: "gemini" },
    // Its chat files are named by the minute: one that is loaded in the minute of its last use is overwritten.
    load_rest: 65_000,
    // Loading leaves an empty file of the same id behind; at the next start of any Gemini CLI its cleanup deletes all files of that id.
    load_caution:
      "Gemini CLI deletes a conversation it went on with when it starts the next time, unless general.sessionRetention.enabled is false in its settings.",
  },
  copilot: {
    title: "GitHub Copilot",
    command: "copilot",
    args: ["--acp", "--no-auto-update"],
    env: {},
    aliases: ["github-copilot"],
    version: { name: "copilot", tested: ">=1.0.102 <1.1.0" },
    sums_usage: true,
    sign_in: { text: "Sign in to GitHub Copilot on the agent's machine.", command: "copilot login" },
  },
  opencode: {
    title: "OpenCode",
    command: "opencode",
    args: ["acp"],
    env: { OPENCODE_CONFIG_CONTENT: ASK_FOR_ALL },
    aliases: [],
    version: { name: "opencode", tested: ">=1.18.0 <1.19.0" },
    sign_in: { text: "Sign in to a provider on the agent's machine.", command: "opencode auth login" },
  },
  qwen: {
    title: "Qwen Code",
    command: "qwen",
    args: ["--acp"],
    env: {},
    mode: "default",
    aliases: ["qwen-code"],
    version: { name: "qwen", tested: ">=0.24.0 <0.25.0" },
    sign_in: {
      text: "Run Qwen Code on the agent's machine and sign in with /auth, or set its key in the endpoint's env.",
      command: "qwen",
    },
  },
  kilo: {
    title: "Kilo Code",
    command: "kilo",
    args: ["acp"],
    env: { KILO_CONFIG_CONTENT: ASK_FOR_ALL },
    aliases: ["kilo-code"],
    version: { name: "kilo", tested: ">=7.7.0 <7.8.0" },
    sign_in: { text: "Sign in to a provider on the agent's machine.", command: "kilo auth login" },
  },
  claude_agent_acp: {
    title: "Claude Code (ACP)",
    command: "claude-agent-acp",
    args: [],
    env: {},
    mode: "default",
    aliases: ["claude-agent-acp"],
    sign_in: {
      text: "Sign in to Claude Code on the agent's machine, or set ANTHROPIC_API_KEY in the endpoint's env.",
      command: "claude /login",
    },
  },
  codex_acp: {
    title: "Codex (ACP)",
    command: "codex-acp",
    args: [],
    // Its own first mode asks only for what it takes to be unsafe. A server has no browser to sign in with.
    env: { INITIAL_AGENT_MODE: "read-only", NO_BROWSER: "1" },
    mode: "read-only",
    aliases: ["codex-acp"],
    sign_in: { text: "Sign in to Codex on the agent's machine, or set its key in the endpoint's env.", command: "codex login" },
  },
  pi_acp: {
    title: "pi (ACP)",
    command: "pi-acp",
    args: [],
    env: {},
    aliases: ["pi-acp"],
    sign_in: {
      text: "Run pi on the agent's machine and sign in with /login, or set its provider's key in the endpoint's env.",
      command: "pi",
    },
    pi_variable: "PI_ACP_PI_COMMAND",
  },
} as const satisfies Readonly<Record<string, AcpPreset>>;

export type AcpPresetName = keyof typeof ACP_PRESET_TABLE;
export const ACP_PRESETS = Object.keys(ACP_PRESET_TABLE) as [AcpPresetName, ...AcpPresetName[]];

export function acpPreset(name: AcpPresetName): AcpPreset {
  return ACP_PRESET_TABLE[name];
}
