/** A whole hub as a program for tests: as `server.ts`, without pages, and with heartbeats that a test can shorten. */
import { type Flags, loadSettings, parseFlags } from "../../apps/hub/src/server/config.ts";
import type { GatewayLimits } from "../../apps/hub/src/server/gateway/limits.ts";
import { createHub } from "../../apps/hub/src/server/hub.ts";
import { createLog } from "../../apps/hub/src/server/log.ts";

const flags: Flags = parseFlags(process.argv.slice(2));
if (flags.action !== "run") throw new Error("name a config file");
const { config } = loadSettings(flags);
const gatewayLimits = JSON.parse(process.env.HARNESS_GATEWAY_LIMITS ?? "{}") as Partial<GatewayLimits>;
const root = process.env.HARNESS_ROOT ?? process.cwd();
const hub = createHub(config, { root, web: false, gatewayLimits, sweepEveryMs: 500, log: createLog(config.logging) });

process.once("SIGTERM", () => {
  hub.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
await hub.listen();
