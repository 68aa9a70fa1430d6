/** Counts what steps and test runners say, and closes a run with one line: `N passed, N failed, N skipped`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, STEP_ENV, say } from "./steps.mjs";

const startedAt = Date.now();
const reports = mkdtempSync(join(tmpdir(), "fairlead-test-"));
process.once("exit", () => rmSync(reports, { recursive: true, force: true }));
const total = { passed: 0, failed: 0, skipped: 0 };

export function add(counted) {
  for (const key of Object.keys(total)) total[key] += counted[key] ?? 0;
}

/** Counts a step that has no tests of its own as one test. */
export async function step(name, command, args) {
  say(`\n── ${name}`);
  add({ [(await run(command, args)) === 0 ? "passed" : "failed"]: 1 });
}

/** Runs a test runner and adds what its report counts; a runner that fails without a failed test counts as one failure. */
export async function suite(name, { command, args, env, count }) {
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

/** A file in which a runner leaves its report. */
export function report(name) {
  return join(reports, name);
}

export function readReport(name) {
  return JSON.parse(readFileSync(report(name), "utf8"));
}

/** What vitest's JSON report counts. */
export function countVitest(name) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readReport(name);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/** Says the closing line, leaves the totals in TEST_TOTALS where a run of several asks for them, and ends the process. */
export function close() {
  say(`\nTook ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
  if (process.env.TEST_TOTALS !== undefined) writeFileSync(process.env.TEST_TOTALS, JSON.stringify(total));
  say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exit(total.failed === 0 ? 0 : 1);
}
