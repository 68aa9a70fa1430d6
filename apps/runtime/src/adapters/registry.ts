/** The list of adapters, and the three questions the rest of the runtime asks of them. */
import type { Capabilities, EndpointConfig, Profile, Program } from "@fairlead/protocol";
import type { Processes } from "../process/spawn.ts";
import { acp } from "./acp/index.ts";
import { claudeCode } from "./claude-code/index.ts";
import { codex } from "./codex/index.ts";
import type { Adapter, AdapterHost, RunningEndpoint } from "./contract.ts";
import { genericCli } from "./generic-cli/index.ts";
import { genericExternal } from "./generic-external/index.ts";
import { genericHttp } from "./generic-http/index.ts";
import { genericJob } from "./generic-job/index.ts";
import { pi } from "./pi/index.ts";
import { terminal } from "./terminal/index.ts";

type ConfigOf<P extends Profile> = Extract<EndpointConfig, { profile: P }>["config"];

export const ADAPTERS: { readonly [P in Profile]: Adapter<ConfigOf<P>> } = {
  "generic-cli": genericCli,
  "generic-job": genericJob,
  "generic-http": genericHttp,
  "generic-external": genericExternal,
  "claude-code": claudeCode,
  codex,
  pi,
  acp,
  terminal,
};

/** An adapter together with the config block it was chosen by. */
interface Bound {
  readonly capabilities: Capabilities;
  probe(processes: Processes): Promise<Program | undefined>;
  unavailable(processes: Processes): Promise<string | undefined>;
  start(host: AdapterHost): RunningEndpoint;
}

function bind<C>(adapter: Adapter<C>, config: C): Bound {
  return {
    capabilities: adapter.capabilities,
    unavailable: (processes) => adapter.unavailable(config, processes),
    probe: async (processes) => adapter.probe?.(config, processes),
    start: (host) => adapter.start(config, host),
  };
}

/** The adapter for a configured endpoint, with the endpoint's own config filled in. */
export function adapterFor(endpoint: EndpointConfig): Bound {
  switch (endpoint.profile) {
    case "generic-cli":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "generic-job":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "generic-http":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "generic-external":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "claude-code":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "codex":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "pi":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "acp":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
    case "terminal":
      return bind(ADAPTERS[endpoint.profile], endpoint.config);
  }
}
