import { defineConfig } from "vitest/config";

/** Tests with real agents: one file after the other, because each agent takes hundreds of megabytes and a core of its own. */
export default defineConfig({
  test: {
    dir: "e2e/clis",
    include: ["**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    // Only what fails has a line of its own: a slow test is no news here.
    slowTestThreshold: 180_000,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
