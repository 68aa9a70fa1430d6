/** Codex: a native program that speaks to OpenAI's Responses API. */
import { join } from "node:path";
import { type AgentCli, MACHINE, MODEL, type Place } from "./cli.ts";

/** How Rust, whose targets its folders are named for, calls this machine. */
const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

export const codex: AgentCli = {
  name: "codex",
  program: `node_modules/@openai/codex-${MACHINE}/vendor/${TARGETS[MACHINE] ?? MACHINE}/bin/codex`,
  args: [],
  environment: codexEnvironment,
  files: codexFiles,
};

export function codexEnvironment({ home }: Place): Record<string, string> {
  return { CODEX_HOME: join(home, ".codex"), MOCK_KEY: "mock" };
}

/** Plugins and apps are switched off because they look for their vendor at every start. */
export function codexFiles({ modelUrl }: Place): Record<string, string> {
  const config = `
model = "${MODEL}"
model_provider = "mock"
check_for_update_on_startup = false
[features]
plugins = false
apps = false
[analytics]
enabled = false
[model_providers.mock]
name = "mock"
base_url = "${modelUrl}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 1
stream_max_retries = 1
`;
  return { ".codex/config.toml": config.trimStart() };
}
