/** Which tmux will do. */
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createProcesses } from "./spawn.ts";
import { tmuxFault } from "./tmux.ts";

test.each([
  ["tmux 2.9a", true],
  ["tmux 3.2a", true],
  ["tmux 3.3a", false],
  ["tmux next-3.6", false],
  ["tmux master", false],
])("%s is too old: %s", async (version, isOld) => {
  const bin = mkdtempSync(join(tmpdir(), "fairlead-tmux-"));
  onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
  symlinkSync("/bin/sh", join(bin, "sh"));
  writeFileSync(join(bin, "tmux"), `#!/bin/sh\necho "${version}"\n`);
  chmodSync(join(bin, "tmux"), 0o755);
  const fault = await tmuxFault(createProcesses({ instance: "test", env: { PATH: bin }, home: bin }));
  expect(fault?.includes("too old") ?? false).toBe(isOld);
});
