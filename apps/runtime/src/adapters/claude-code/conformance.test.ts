import { claudeCodeConfigSchema } from "@fairlead/protocol";
import { describe, expect } from "vitest";
import { fakeAgent } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { claudeCode } from "./index.ts";

describe.each(["new", "old"])("as its %s versions speak", (version) => {
  const env = { CLAUDE_SETUP: JSON.stringify({ old: version === "old" }) };
  const config = (behaviour: string, command = fakeAgent("claude")) => claudeCodeConfigSchema.parse({ command, args: [behaviour], env });

  describeConformance(claudeCode, {
    config: async (behaviour) => config(behaviour),
    missing: { config: config("echo", "no-such-command"), says: /"no-such-command" was not found on PATH/ },
    crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
    closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
    spawns: true,
    longestLine: 64 * 1024 * 1024,
    shared: false,
  });
});
