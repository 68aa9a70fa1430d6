/** The program `fairlead-runtime`: `run` (default) and `check`. */
import { setFlagsFromString } from "node:v8";
import { AppError, PRODUCT_VERSION, type Program } from "@fairlead/protocol";
import { type LoadedConfig, loadConfig, parseArguments, redactConfig, USAGE } from "./config.ts";
import { createLog } from "./log.ts";
import { buildOffers } from "./offers.ts";
import { createProcesses } from "./process/spawn.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import { startHolder } from "./terminals/holder.ts";

// Garbage may be as much as what lives, instead of a tenth: see the hub's entry.
setFlagsFromString("--heap-growing-percent=100");

/** How a runtime starts this program again; a debugger's port is taken. */
const OWN_COMMAND = [process.execPath, ...process.execArgv.filter((word) => !word.startsWith("--inspect")), process.argv[1] ?? ""];

/** Carries out the command line; the result is the exit code, or undefined while the runtime runs. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const [word, ...rest] = args;
  if (word === "hold") return hold(rest);
  const command = parseArguments(args);
  if (command.kind === "help") return print(USAGE);
  if (command.kind === "version") return print(`${PRODUCT_VERSION}\n`);
  const loaded = loadConfig(command);
  if (command.kind === "check") return check(loaded);
  await run(loaded);
  return undefined;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

async function check(loaded: LoadedConfig): Promise<number> {
  const processes = createProcesses({ instance: "check", env: loaded.env, home: loaded.home });
  print(`${JSON.stringify(redactConfig(loaded), null, 2)}\n`);
  for (const { id, profile, unavailable, program } of await buildOffers(loaded.config.endpoints, processes)) {
    print(`${id} (${profile}): ${unavailable === undefined ? `ready${describeProgram(program)}` : `unavailable: ${unavailable}`}\n`);
  }
  return 0;
}

function describeProgram(program: Program | undefined): string {
  if (program === undefined) return "";
  const { name, version, tested, in_range } = program;
  return `, ${name} ${version}${in_range ? "" : ` (tested with ${tested}; other versions may behave differently)`}`;
}

/** Holds terminals for a runtime, which started this with the socket's path and its data directory. */
async function hold([socket = "", data_dir = ""]: readonly string[]): Promise<undefined> {
  if (socket === "" || data_dir === "") throw new AppError("INVALID_INPUT", "hold is what a runtime starts for its terminals");
  // Nobody reads what it would say.
  const log = createLog("silent");
  const holder = await startHolder({ socket, data_dir, log, onDone: () => process.exit(0) });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void holder.stop());
  return undefined;
}

async function run(loaded: LoadedConfig): Promise<void> {
  const log = createLog(loaded.config.runtime.log_level);
  let runtime: Runtime | undefined;
  let stopping = false;

  async function stop(code: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    await runtime?.stop();
    log.info("runtime stopped");
    process.exit(code);
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      log.info({ signal }, "stopping; once more to force");
      void stop(0);
    });
  }
  log.info({ runtime_id: loaded.config.runtime.id, data_dir: loaded.data_dir, version: PRODUCT_VERSION }, "runtime starting");
  runtime = await startRuntime({
    loaded,
    log,
    program: OWN_COMMAND,
    onFatal: (reason) => {
      log.error(`stopping: ${reason}`);
      void stop(1);
    },
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    if (code !== undefined) process.exitCode = code;
  },
  (error: unknown) => {
    const expected = error instanceof AppError;
    process.stderr.write(`fairlead-runtime: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
