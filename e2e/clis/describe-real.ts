/** The one way to declare tests that need a real agent. */
import { describe } from "vitest";
import type { Installed } from "./install.ts";

/** Why an agent cannot be tested here, or undefined. */
export function lackOf(installed: Installed): string | undefined {
  return "skipped" in installed ? installed.skipped : undefined;
}

/** Where something is lacking the reason is said, and the tests are declared all the same: the closing line counts them as skipped. */
export function describeReal(title: string, lack: string | undefined, declare: () => void): void {
  if (lack !== undefined) console.log(`${title} is skipped: ${lack}`);
  describe.skipIf(lack !== undefined)(title, declare);
}
