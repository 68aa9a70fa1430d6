/** Claude Code: a native program that speaks to Anthropic's API. */
import { join } from "node:path";
import type { AgentCli, Place } from "./cli.ts";

export const claude: AgentCli = {
  name: "claude",
  program: "node_modules/@anthropic-ai/claude-code/bin/claude.exe",
  args: [],
  environment: claudeEnvironment,
  files: () => ({}),
};

export function claudeEnvironment({ home, modelUrl }: Place): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: "mock",
    CLAUDE_CONFIG_DIR: join(home, ".claude"),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    // Ten tries would take three minutes.
    CLAUDE_CODE_MAX_RETRIES: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  };
}
