/** The bridges that make ACP agents of Claude Code and Codex; each brings its own copy of its agent. */
import { claudeEnvironment } from "./claude.ts";
import type { AgentCli } from "./cli.ts";
import { codexEnvironment, codexFiles } from "./codex.ts";

export const claudeAgentAcp: AgentCli = {
  name: "claude-agent-acp",
  program: "node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js",
  args: [],
  environment: claudeEnvironment,
  files: () => ({}),
};

export const codexAcp: AgentCli = {
  name: "codex-acp",
  program: "node_modules/@agentclientprotocol/codex-acp/dist/index.js",
  args: [],
  environment: (place) => ({ ...codexEnvironment(place), NO_BROWSER: "1", INITIAL_AGENT_MODE: "read-only" }),
  files: codexFiles,
};
