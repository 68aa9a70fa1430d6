/** Installs and builds what is missing, then runs one built program with the arguments given. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, ROOT, STEP_ENV } from "./steps.mjs";

export async function runBuilt(program) {
  await ensureInstalled();
  await ensureBuilt();
  const child = spawn(process.execPath, [join(ROOT, program), ...process.argv.slice(2)], { cwd: ROOT, env: STEP_ENV, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
}
