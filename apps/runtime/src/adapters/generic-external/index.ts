/** `generic-external`: a process of your own that speaks JSON lines; one process serves all sessions of the endpoint. */
import { type ExternalConfig, PLAIN_ABILITIES } from "@fairlead/protocol";
import type { Adapter } from "../contract.ts";
import { startEndpoint } from "./endpoint.ts";

export const genericExternal: Adapter<ExternalConfig> = {
  profile: "generic-external",
  capabilities: { ...PLAIN_ABILITIES, exec_model: "interactive", turn_completion: true, approvals: true, files: true },
  unavailable: (config, processes) => processes.check(config),
  start: startEndpoint,
};
