/** `npm test`: everything CI runs, ending in one line `N passed, N failed`. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, ensureBrowser, ensureBuilt, ensureInstalled, run, STEP_ENV, say } from "./steps.mjs";

const startedAt = Date.now();
await ensureInstalled();
const reports = mkdtempSync(join(tmpdir(), "fairlead-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Counts a step that has no tests of its own as one test. */
async function step(name, command, args) {
  say(`\n── ${name}`);
  add({ passed: 0, failed: 0, skipped: 0, [(await run(command, args)) === 0 ? "passed" : "failed"]: 1 });
}

/** Runs a test runner and adds what its report counts; a runner that fails without a failed test counts as one failure. */
async function suite(name, { command, args, env, count }) {
  say(`\n── ${name}`);
  const code = await run(command, args, { env: { ...STEP_ENV, ...env } });
  const counted = readCount(count);
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  if (code === 0 && counted.passed === 0) counted.failed = 1;
  add(counted);
}

function readCount(count) {
  try {
    return count();
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function add(counted) {
  for (const key of Object.keys(total)) total[key] += counted[key];
}

function json(name) {
  return JSON.parse(readFileSync(join(reports, name), "utf8"));
}

await step("Format and lint", bin("biome"), ["ci", "--error-on-warnings", "."]);
await step("Generate", process.execPath, ["scripts/generate.mjs"]);
await step("Borders", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "apps", "packages", "e2e"]);
await step("Types", bin("turbo"), ["run", "types", "--output-logs=errors-only", "--no-update-notifier"]);
await step("Generated documentation", process.execPath, ["--import", "tsx", "scripts/document-config.ts", "--check"]);
say("\n── Build");
await ensureBuilt();
add({ passed: 1, failed: 0, skipped: 0 });

await suite("Unit and integration tests", {
  command: bin("vitest"),
  args: ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${join(reports, "vitest.json")}`],
  count() {
    const report = json("vitest.json");
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests };
  },
});

const browser = await ensureBrowser();
if (browser === undefined) {
  add({ passed: 0, failed: 1, skipped: 0 });
} else {
  await suite("Browser tests", {
    command: bin("playwright"),
    args: ["test", "--config", "e2e/playwright.config.ts", "--reporter=list,json"],
    env: { CHROME_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "playwright.json") },
    count() {
      const { expected, unexpected, flaky, skipped } = json("playwright.json").stats;
      return { passed: expected, failed: unexpected + flaky, skipped };
    },
  });
}

rmSync(reports, { recursive: true, force: true });
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
say(`\nTook ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
say(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);
