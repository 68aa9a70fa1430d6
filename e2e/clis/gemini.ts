/** Gemini CLI: a Node program, used as an ACP agent. */
import { type AgentCli, json, MODEL } from "./cli.ts";

export const gemini: AgentCli = {
  name: "gemini",
  program: "node_modules/@google/gemini-cli/bundle/gemini.js",
  args: ["--acp"],
  environment: ({ modelUrl }) => ({ GEMINI_API_KEY: "mock", GOOGLE_GEMINI_BASE_URL: modelUrl }),
  files: () => ({
    ".gemini/settings.json": json({
      security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      general: { enableAutoUpdate: false },
      // Else a request of its own decides before each turn which model is to answer.
      model: { name: MODEL },
    }),
  }),
};
