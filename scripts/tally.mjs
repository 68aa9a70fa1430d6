/** Counts what steps and test runners say, and closes a run with what failed and one line: `N passed, N failed, N skipped`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playwrightFailures, stepFailure, tellFailures, vitestFailures } from "./failures.mjs";
import { ROOT, runHeard, STEP_ENV, say } from "./steps.mjs";

/** Last lines that are kept of a step or runner that fails without a failed test. */
const LAST_LINES = 12;

const startedAt = Date.now();
const reports = mkdtempSync(join(tmpdir(), "fairlead-test-"));
process.once("exit", () => rmSync(reports, { recursive: true, force: true }));
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

/** Adds counts, and what is to be said of the failed ones at the end. */
export function add(counted, failed = []) {
  for (const key of Object.keys(total)) total[key] += counted[key] ?? 0;
  failures.push(...failed);
}

/** Counts a step that has no tests of its own as one test, and says whether it passed. */
export async function step(name, command, args) {
  say(`\n── ${name}`);
  const { code, output } = await runHeard(command, args);
  const isFine = code === 0;
  if (isFine) add({ passed: 1 });
  else add({ failed: 1 }, [stepFailure(name, output, LAST_LINES)]);
  return isFine;
}

/** Runs a test runner and adds what its report counts; a runner that fails without a failed test counts as one failure. */
export async function suite(name, { command, args, env, read }) {
  say(`\n── ${name}`);
  const { code, output } = await runHeard(command, args, { env: { ...STEP_ENV, ...env } });
  const { counted, failed } = readSafely(read);
  const isBroken = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  if (isBroken) counted.failed = 1;
  add(counted, isBroken ? [...failed, stepFailure(`${name} (exit code ${code})`, output, LAST_LINES)] : failed);
}

function readSafely(read) {
  try {
    return read();
  } catch {
    return { counted: { passed: 0, failed: 0, skipped: 0 }, failed: [] };
  }
}

/** A file in which a runner leaves its report. */
export function report(name) {
  return join(reports, name);
}

function readReport(name) {
  return JSON.parse(readFileSync(report(name), "utf8"));
}

/** What vitest's JSON report tells. */
export function readVitest(name) {
  const found = readReport(name);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = found;
  const counted = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  return { counted, failed: vitestFailures(found, ROOT) };
}

/** What Playwright's JSON report tells. */
export function readPlaywright(name) {
  const found = readReport(name);
  const { expected, unexpected, flaky, skipped } = found.stats;
  return { counted: { passed: expected, failed: unexpected + flaky, skipped }, failed: playwrightFailures(found, ROOT) };
}

/** Says what failed and the closing line, leaves both in TEST_TOTALS where a run of several asks for them, and ends the process. */
export function close() {
  if (process.env.TEST_TOTALS !== undefined) writeFileSync(process.env.TEST_TOTALS, JSON.stringify({ ...total, failures }));
  say(`\nTook ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
  conclude(total, failures);
}

/** The end of a run: whatever is cut from the front of its output, this is what remains. */
export function conclude({ passed, failed, skipped }, failedTests) {
  if (failedTests.length > 0) say(`\n── Failed\n${tellFailures(failedTests).join("\n")}\n`);
  say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed === 0 ? 0 : 1);
}
