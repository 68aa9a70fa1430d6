/** What `.ci/run` runs: `npm test`, then `npm run test:agents`; ends in one line that sums both, and fails where either failed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, STEP_ENV, say } from "./steps.mjs";

const folder = mkdtempSync(join(tmpdir(), "fairlead-ci-"));
const total = { passed: 0, failed: 0, skipped: 0 };
for (const script of ["test", "test-agents"]) {
  const totals = join(folder, script);
  const code = await run(process.execPath, [`scripts/${script}.mjs`], { env: { ...STEP_ENV, TEST_TOTALS: totals } });
  const counted = readTotals(totals);
  // One that ended before it could count has failed as a whole.
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(total)) total[key] += counted[key];
}
rmSync(folder, { recursive: true, force: true });
say(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
