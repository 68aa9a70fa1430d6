/** Tests that need a program which not every machine has. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

/** A test that counts as skipped, and says why, where the program is not installed. `timeout` in ms; default: as for all tests. */
export function testWith(program: string, name: string, run: () => Promise<void>, timeout?: number): void {
  const isHere = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
  test.skipIf(!isHere)(isHere ? name : `${name} (skipped: ${program} is not installed)`, { timeout }, run);
}
