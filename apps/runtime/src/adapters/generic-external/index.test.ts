import { externalConfigSchema } from "@fairlead/protocol";
import { expect } from "vitest";
import { fakeAgent } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { genericExternal } from "./index.ts";

function config(command: string, extra: object = {}) {
  return externalConfigSchema.parse({ command, env: { FAKE_STYLE: "external" }, ...extra });
}

describeConformance(genericExternal, {
  config: async (agent) => config(fakeAgent(agent)),
  missing: { config: config("no-such-command"), says: /"no-such-command" was not found on PATH/ },
  crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
  closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
  spawns: true,
  longLine: "dropped",
  shared: true,
});
