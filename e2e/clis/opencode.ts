/** OpenCode, and Kilo Code, which was made of it: native programs, used as ACP agents. */
import { type AgentCli, json, MACHINE, MODEL, type Place } from "./cli.ts";

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
  files: (place) => ({ ".config/opencode/opencode.json": config(place) }),
};

export const kilo: AgentCli = {
  name: "kilo",
  program: `node_modules/@kilocode/cli-${MACHINE}/bin/kilo`,
  args: ["acp"],
  environment: () => ({
    KILO_DISABLE_AUTOUPDATE: "1",
    KILO_DISABLE_MODELS_FETCH: "1",
    KILO_DISABLE_DEFAULT_PLUGINS: "1",
    KILO_DISABLE_LSP_DOWNLOAD: "1",
    KILO_TELEMETRY_LEVEL: "off",
  }),
  files: (place) => ({ ".config/kilo/kilo.json": config(place) }),
};

function config({ modelUrl }: Place): string {
  return json({
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
  });
}
