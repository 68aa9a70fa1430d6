/** pi: a Node program; here it speaks to Anthropic's API. */
import { join } from "node:path";
import { type AgentCli, json, MODEL } from "./cli.ts";

export const pi: AgentCli = {
  name: "pi",
  program: "node_modules/@mariozechner/pi-coding-agent/dist/cli.js",
  args: ["--provider", "mock", "--model", MODEL],
  environment: ({ home }) => ({ PI_CODING_AGENT_DIR: join(home, ".pi"), PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1" }),
  files: ({ modelUrl }) => ({
    // Its three tries would take fourteen seconds.
    ".pi/settings.json": json({ retry: { baseDelayMs: 100 } }),
    ".pi/models.json": json({
      providers: {
        mock: {
          baseUrl: modelUrl,
          api: "anthropic-messages",
          apiKey: "mock",
          models: [{ id: MODEL, reasoning: true, input: ["text", "image"] }],
        },
      },
    }),
  }),
};
