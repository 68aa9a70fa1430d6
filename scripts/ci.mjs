/** What `.ci/run` runs: `npm test`, then `npm run test:agents`; ends in what failed in both and one line that sums both. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, STEP_ENV } from "./steps.mjs";
import { conclude } from "./tally.mjs";

const folder = mkdtempSync(join(tmpdir(), "fairlead-ci-"));
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const script of ["test", "test-agents"]) {
  const totals = join(folder, script);
  const code = await run(process.execPath, [`scripts/${script}.mjs`], { env: { ...STEP_ENV, TEST_TOTALS: totals } });
  const counted = readTotals(totals);
  // One that ended before it could count has failed as a whole.
  if (code !== 0 && counted.failed === 0) {
    counted.failed = 1;
    counted.failures.push({ name: `npm run ${script.replace("-", ":")}`, lines: [`ended early, with exit code ${code}`] });
  }
  for (const key of Object.keys(total)) total[key] += counted[key];
  failures.push(...counted.failures);
}
rmSync(folder, { recursive: true, force: true });
conclude(total, failures);

function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [] };
  }
}
