/** The bridge that makes an ACP agent of pi, with an extension that makes pi ask: by itself it asks for nothing. */
import { join } from "node:path";
import { type AgentCli, json, MODEL } from "./cli.ts";
import { pi } from "./pi.ts";

/** The bridge calls every answer of a `select` a permission, so the question is a `confirm`. */
const GATE = `export default function gate(pi) {
  pi.on("tool_call", async ({ toolName, input }, context) => {
    if (!["bash", "edit", "write"].includes(toolName)) return undefined;
    const isAllowed = await context.ui.confirm(toolName, JSON.stringify(input));
    return isAllowed === true ? undefined : { block: true, reason: "The person denied this call." };
  });
}
`;

export const piAcp: AgentCli = {
  name: "pi-acp",
  program: "node_modules/pi-acp/dist/index.js",
  args: [],
  // pi 0.73, which the other tests drive, never answers this bridge; the pi that does needs a newer Node than this project.
  environment: (place, folder) => ({
    ...pi.environment(place, folder),
    PATH: `${join(folder, "node_modules/node/bin")}:/usr/local/bin:/usr/bin:/bin`,
    PI_ACP_PI_COMMAND: join(folder, "node_modules/.bin/pi"),
  }),
  files: (place) => ({
    ...pi.files(place),
    ".pi/gate.mjs": GATE,
    ".pi/settings.json": json({
      defaultProvider: "mock",
      defaultModel: MODEL,
      quietStartup: true,
      retry: { baseDelayMs: 100 },
      extensions: [join(place.home, ".pi/gate.mjs")],
    }),
  }),
};
