/** Starts a process that outlives this one: in a session of its own, with nothing of the runtime's but the allow-listed environment. */
import { spawn } from "node:child_process";
import { type EnvironmentSource, inheritedEnvironment } from "./environment.ts";

/**
 * Starts a command line and lets go of it. It stands in no record and carries no mark of this runtime, so that the next start leaves it
 * alone. Resolves when it runs; rejects when it cannot be started.
 */
export function startDetached(commandLine: readonly string[], env: EnvironmentSource["env"]): Promise<void> {
  const [command = "", ...args] = commandLine;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, stdio: "ignore", env: inheritedEnvironment(env) });
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}
