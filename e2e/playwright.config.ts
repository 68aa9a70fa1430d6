/** Browser tests: the built product in a real Chromium, one after the other. */
import { defineConfig } from "@playwright/test";
import { launchOptions } from "./chromium.ts";

export default defineConfig({
  testDir: "specs",
  outputDir: "dist/results",
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    trace: "off",
    launchOptions: launchOptions(),
  },
});
