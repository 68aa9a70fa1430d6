import { defineConfig } from "vitest/config";

/** Unit and integration tests of every package; browser tests live in `e2e` and run under Playwright. */
export default defineConfig({
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "apps/*/{src,test}/**/*.test.ts",
      "scripts/**/*.test.ts",
      "e2e/{harness,model,soak}/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/.next/**", "**/dist/**"],
    pool: "forks",
    // Concurrent tests start processes of their own; more at once than cores would only slow each other down.
    maxConcurrency: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
