/** GitHub Copilot CLI: a native program, used as an ACP agent with a model provider of its user's own. */
import { join } from "node:path";
import { type AgentCli, MACHINE, MODEL } from "./cli.ts";

export const copilot: AgentCli = {
  name: "copilot",
  program: `node_modules/@github/copilot-${MACHINE}/copilot`,
  args: ["--acp", "--no-auto-update"],
  environment: ({ home, modelUrl }) => ({
    COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
    COPILOT_PROVIDER_API_KEY: "mock",
    COPILOT_MODEL: MODEL,
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    COPILOT_HOME: join(home, ".copilot"),
  }),
  files: () => ({}),
};
