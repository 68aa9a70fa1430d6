/** A program that is kept running: started again with a growing delay when it ends by itself, ended by TERM, then KILL. */
import { spawn } from "node:child_process";
import { ROOT, STEP_ENV, say } from "./steps.mjs";

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
const STEADY_MS = 60_000;
const STOP_GRACE_MS = 10_000;

export function keepRunning(name, args, options = {}) {
  let child;
  let stopping = false;
  let delay = FIRST_DELAY_MS;
  let timer;

  const start = () => {
    const startedAt = Date.now();
    child = spawn(process.execPath, args, { cwd: ROOT, env: STEP_ENV, stdio: "inherit", ...options });
    child.once("exit", (code, signal) => {
      if (stopping) return;
      if (Date.now() - startedAt > STEADY_MS) delay = FIRST_DELAY_MS;
      say(`${name} ended (${signal ?? `exit code ${code}`}); starting it again in ${delay / 1_000} s.`);
      timer = setTimeout(start, delay);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    });
  };
  start();

  return {
    ended: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      await gone;
      clearTimeout(hard);
    },
  };
}
