import { acpConfigSchema } from "@fairlead/protocol";
import { expect } from "vitest";
import { fakeAgent } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { acp } from "./index.ts";

function config(command: string, ...args: string[]) {
  return acpConfigSchema.parse({ command, args });
}

describeConformance(acp, {
  config: async (agent) => config(fakeAgent("acp"), agent),
  missing: { config: config("no-such-command"), says: /"no-such-command" was not found on PATH/ },
  crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
  closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
  spawns: true,
  longestLine: 64 * 1024 * 1024,
  shared: false,
});
