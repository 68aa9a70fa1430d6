/** The hub's entry: settings → hub → listen → signals; nothing else. */
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { AppError, PRODUCT_VERSION } from "@fairlead/protocol";
import { loadSettings, parseFlags, type Settings, USAGE } from "./src/server/config.ts";
import { createHub } from "./src/server/hub.ts";
import { createLog } from "./src/server/log.ts";

// Garbage may be as much as what lives. By itself V8 allows a heap that grows slowly a tenth, and counts what passes through to the
// sockets: in a flood of terminal output it then marked the whole heap several times a second, for four times the processor time.
setFlagsFromString("--heap-growing-percent=100");

const here = dirname(fileURLToPath(import.meta.url));
/** From source this file is in apps/hub, built it is in apps/hub/dist. */
const root = join(here, basename(here) === "dist" ? "../../.." : "../..");

/** What a person can act on is one line; anything else is shown whole. */
function explain(thrown: unknown): string {
  if (thrown instanceof AppError) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function readSettings(): Settings {
  try {
    const flags = parseFlags(process.argv.slice(2));
    if (flags.action === "run") return loadSettings(flags);
    process.stdout.write(flags.action === "help" ? USAGE : `${PRODUCT_VERSION}\n`);
    process.exit(0);
  } catch (thrown) {
    process.stderr.write(`${explain(thrown)}\n`);
    process.exit(1);
  }
}

const { config, dev, warnings } = readSettings();
const log = createLog(config.logging);
for (const warning of warnings) log.warn(warning);
const hub = createHub(config, { root, dev, log });

async function stop(exitCode: number): Promise<void> {
  await hub.close();
  process.exit(exitCode);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    log.info({ signal }, "hub stopping");
    void stop(0);
    // Asked a second time, it does not wait.
    process.once(signal, () => process.exit(1));
  });
}
// A promise nobody waited for is a bug, but one of a single request: everybody else keeps being served.
process.on("unhandledRejection", (err) => log.error({ err }, "a failure was not handled"));
process.on("uncaughtException", (err) => {
  log.fatal({ err }, "the hub failed and stops");
  void stop(1);
});

try {
  await hub.listen();
} catch (thrown) {
  log.fatal(explain(thrown));
  process.exit(1);
}
