/** `npm run check`: what to run before each commit, under a minute: format, lint, borders, types, and the tests of pure parts. */
import { bin, ensureInstalled, must } from "./steps.mjs";

await ensureInstalled();
await must("Format and lint", bin("biome"), ["check", "--error-on-warnings", "."]);
await must("Generating", process.execPath, ["scripts/generate.mjs"]);
await must("Borders", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "apps", "packages", "e2e"]);
await must("Types", bin("turbo"), ["run", "types", "--output-logs=errors-only", "--no-update-notifier"]);
await must("Unit tests", bin("vitest"), ["run", "packages", "apps/hub/src/server/domain", "apps/hub/src/ui", "apps/runtime/src/sessions"]);
