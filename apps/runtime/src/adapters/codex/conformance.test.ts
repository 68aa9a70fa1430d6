import { codexConfigSchema } from "@fairlead/protocol";
import { expect } from "vitest";
import { fakeAgent } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { codex } from "./index.ts";

describeConformance(codex, {
  config: async (agent) => codexConfigSchema.parse({ command: fakeAgent("codex"), args: [agent] }),
  missing: { config: codexConfigSchema.parse({ command: "no-such-command" }), says: /"no-such-command" was not found on PATH/ },
  crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
  closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
  spawns: true,
  longestLine: 64 * 1024 * 1024,
  shared: false,
});
