/** OpenCode: a native program, used as an ACP agent. */
import { type AgentCli, json, MACHINE, MODEL } from "./cli.ts";

const SMALL_MODEL = "mock-small";

export const opencode: AgentCli = {
  name: "opencode",
  program: `node_modules/opencode-${MACHINE}/bin/opencode`,
  args: ["acp"],
  environment: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  }),
  files: ({ modelUrl }) => ({
    ".config/opencode/opencode.json": json({
      model: `mock/${MODEL}`,
      small_model: `mock/${SMALL_MODEL}`,
      autoupdate: false,
      share: "disabled",
      enabled_providers: ["mock"],
      provider: {
        mock: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: `${modelUrl}/v1`, apiKey: "mock" },
          models: { [MODEL]: { tool_call: true }, [SMALL_MODEL]: {} },
        },
      },
    }),
  }),
};
