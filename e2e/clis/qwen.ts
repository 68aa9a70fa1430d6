/** Qwen Code: a Node program, used as an ACP agent. */
import { type AgentCli, json, MODEL } from "./cli.ts";

export const qwen: AgentCli = {
  name: "qwen",
  program: "node_modules/@qwen-code/qwen-code/cli-entry.js",
  args: ["--acp", "--auth-type", "openai"],
  environment: ({ modelUrl }) => ({ OPENAI_API_KEY: "mock", OPENAI_BASE_URL: `${modelUrl}/v1`, OPENAI_MODEL: MODEL }),
  files: () => ({
    ".qwen/settings.json": json({
      security: { auth: { selectedType: "openai" } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      general: { enableAutoUpdate: false },
    }),
  }),
};
