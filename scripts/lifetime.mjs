/** How long a command that runs services lives: until it is asked to stop, or until whoever started it is gone. */

const LOOK_EVERY_MS = 1_000;

/**
 * Calls `stop` once, at SIGINT or SIGTERM, or when the parent process ends: npm does not pass a SIGTERM on to what its shell
 * started, and a hub that nobody can see any more would keep the port.
 */
export function untilStopped(stop) {
  const parent = process.ppid;
  let stopping = false;
  const end = async () => {
    if (stopping) return;
    stopping = true;
    await stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);
  setInterval(() => {
    if (process.ppid !== parent) void end();
  }, LOOK_EVERY_MS).unref();
}

/** Ends the command when something listens at `url` already. */
export async function mustBeFree(url, say) {
  const taken = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  );
  if (!taken) return;
  say(`Something already answers at ${url}. Is Fairlead running in another terminal?`);
  process.exit(1);
}
