import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { piConfigSchema } from "@fairlead/protocol";
import { afterAll, describe, expect } from "vitest";
import { fakeAgent } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { pi } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["old", "new"])("as its %s versions speak", (version) => {
  const env = { FAKE_PI: version, PI_CODING_AGENT_DIR: folder };
  const config = (behaviour: string, command = fakeAgent("pi")) => piConfigSchema.parse({ command, args: [behaviour], env });

  describeConformance(pi, {
    config: async (behaviour) => config(behaviour),
    missing: { config: config("echo", "no-such-command"), says: /"no-such-command" was not found on PATH/ },
    crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
    closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
    spawns: true,
    longestLine: 64 * 1024 * 1024,
    shared: false,
  });
});
