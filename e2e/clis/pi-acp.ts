/** The bridge that makes an ACP agent of pi. */
import { join } from "node:path";
import { type AgentCli, json, MODEL } from "./cli.ts";
import { pi } from "./pi.ts";

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
    ".pi/settings.json": json({
      defaultProvider: "mock",
      defaultModel: MODEL,
      quietStartup: true,
      retry: { baseDelayMs: 100 },
    }),
  }),
};
