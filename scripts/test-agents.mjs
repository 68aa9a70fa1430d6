/**
 * `npm run test:agents [-- FILE …]`: real coding agents through hub, runtime and client, against a scripted model on this machine.
 * They are installed from npm into a cache of their own (FAIRLEAD_AGENT_CACHE, else the user's); one that cannot be installed is
 * skipped and says why. FAIRLEAD_AGENT_EXTRAS=1 adds the bridges, Kilo, OpenCode and Qwen. Ends in one line `N passed, N failed, N skipped`.
 */
import { bin, ensureInstalled, must } from "./steps.mjs";
import { close, readVitest, report, suite } from "./tally.mjs";

await ensureInstalled();
await must("Generating the database clients", process.execPath, ["scripts/generate.mjs"]);
await suite("Real agents", {
  command: bin("vitest"),
  args: [
    "run",
    "--config",
    "e2e/clis/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report("agents.json")}`,
    ...process.argv.slice(2),
  ],
  read: () => readVitest("agents.json"),
});
close();
