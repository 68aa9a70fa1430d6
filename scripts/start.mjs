/** `npm start`: from a fresh clone to a running hub with a runtime and six agents to talk to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keepRunning } from "./service.mjs";
import { ensureBuilt, ensureInstalled, ROOT, say } from "./steps.mjs";

const HUB_CONFIG = "deploy/hub.local.json";
const RUNTIME_CONFIG = "deploy/runtime.local.json";
const READY_WITHIN_MS = 60_000;

await ensureInstalled();
await ensureBuilt();

const { server, auth } = JSON.parse(readFileSync(join(ROOT, HUB_CONFIG), "utf8"));
const address = `http://${server.addr}`;

if (await answers(`${address}/healthz`)) {
  say(`Something already answers at ${address}. Is Fairlead running in another terminal?`);
  process.exit(1);
}

const services = [keepRunning("The hub", ["apps/hub/dist/server.mjs", "-config", HUB_CONFIG])];
await untilReady();
services.push(keepRunning("The echo service", ["deploy/demo/echo-server.mjs"]));
services.push(keepRunning("The runtime", ["apps/runtime/dist/runtime.mjs", "-config", RUNTIME_CONFIG]));

say(`
  Fairlead is running.

    Open     ${address}
    Sign in  ${auth.initial_admin.username} / ${auth.initial_admin.password}   (for this machine only; see README.md before opening it to others)
    Stop     Ctrl+C
`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all(services.reverse().map((service) => service.stop()));
    process.exit(0);
  });
}

async function answers(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}

async function untilReady() {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  say(`The hub did not become ready within ${READY_WITHIN_MS / 1_000} s; its messages above say why.`);
  await Promise.all(services.map((service) => service.stop()));
  process.exit(1);
}
