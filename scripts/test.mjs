/** `npm test`: every check of the product itself, ending in one line `N passed, N failed, N skipped`. */
import { failure } from "./failures.mjs";
import { BUILD, bin, ensureBrowser, ensureInstalled } from "./steps.mjs";
import { add, close, readPlaywright, readVitest, report, step, suite } from "./tally.mjs";

await ensureInstalled();
await step("Format and lint", bin("biome"), ["ci", "--error-on-warnings", "."]);
await step("Generate", process.execPath, ["scripts/generate.mjs"]);
await step("Borders", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "apps", "packages", "e2e"]);
await step("Types", bin("turbo"), ["run", "types", "--output-logs=errors-only", "--no-update-notifier"]);
await step("Generated documentation", process.execPath, ["--import", "tsx", "scripts/document-config.ts", "--check"]);
// Nothing after it can be trusted where the build is an old one.
if (!(await step("Build", ...BUILD))) close();

await suite("Unit and integration tests", {
  command: bin("vitest"),
  args: ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report("vitest.json")}`],
  read: () => readVitest("vitest.json"),
});

const browser = await ensureBrowser();
if (browser === undefined) {
  add({ failed: 1 }, [failure("Browser tests", "no Chromium was found")]);
} else {
  await suite("Browser tests", {
    command: bin("playwright"),
    args: ["test", "--config", "e2e/playwright.config.ts", "--reporter=list,json"],
    env: { CHROME_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report("playwright.json") },
    read: () => readPlaywright("playwright.json"),
  });
}
close();
