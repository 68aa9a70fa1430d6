import { defineConfig } from "vitest/config";

/** Tests with real agents: one file after the other, because each agent takes hundreds of megabytes and a core of its own. */
export default defineConfig({
  test: {
    dir: "e2e/clis",
    include: ["**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
