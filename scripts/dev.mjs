/** `npm run dev`: hub and runtime from source with hot reload, the demo's agents, and some sessions to look at. */
import { mustBeFree, untilStopped } from "./lifetime.mjs";
import { keepRunning } from "./service.mjs";
import { ensureInstalled, must, run, say } from "./steps.mjs";

await ensureInstalled();
await must("Generating", process.execPath, ["scripts/generate.mjs"]);

await mustBeFree("http://127.0.0.1:8090", say);

const fromSource = (program, ...rest) => [
  "--import",
  "tsx",
  "--watch-path=apps/runtime/src",
  "--watch-path=packages",
  "--watch-preserve-output",
  program,
  ...rest,
];
const services = [
  keepRunning("The hub", ["--import", "tsx", "apps/hub/server.ts", "-config", "deploy/hub.local.json", "--dev"]),
  keepRunning("The echo service", ["deploy/demo/echo-server.mjs"]),
  keepRunning("The runtime", fromSource("apps/runtime/src/main.ts", "-config", "deploy/runtime.local.json")),
];
void run(process.execPath, ["--import", "tsx", "scripts/seed.ts"]);
say("Starting from source at http://127.0.0.1:8090 (admin / admin); pages reload as you edit them.");

untilStopped(() => Promise.all(services.map((service) => service.stop())));
