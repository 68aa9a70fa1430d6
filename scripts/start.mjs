/** `npm start`: from a fresh clone to a running hub with a runtime, a terminal, six agents to talk to, and the coding agents of this machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustBeFree, untilStopped } from "./lifetime.mjs";
import { keepRunning } from "./service.mjs";
import { ensureBuilt, ensureInstalled, ROOT, say } from "./steps.mjs";

const HUB_CONFIG = "deploy/hub.local.json";
const RUNTIME_CONFIG = "deploy/runtime.local.json";
const READY_WITHIN_MS = 60_000;

await ensureInstalled();
await ensureBuilt();

const { server, auth } = JSON.parse(readFileSync(join(ROOT, HUB_CONFIG), "utf8"));
const address = `http://${server.addr}`;

await mustBeFree(address, say);

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

untilStopped(stopAll);

async function stopAll() {
  await Promise.all(services.map((service) => service.stop()));
}

async function untilReady() {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  say(`The hub did not become ready within ${READY_WITHIN_MS / 1_000} s; its messages above say why.`);
  await stopAll();
  process.exit(1);
}
