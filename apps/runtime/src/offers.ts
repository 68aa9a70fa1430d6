/** What this runtime offers the hub: each configured endpoint, and why it cannot run here if it cannot. */
import type { EndpointConfig, EndpointOffer } from "@fairlead/protocol";
import { adapterFor } from "./adapters/registry.ts";
import type { Processes } from "./process/spawn.ts";

/** How an endpoint's adapter is found. */
export type FindAdapter = typeof adapterFor;

/** How often it is looked whether a command has come or gone (ms). */
const REFRESH_MS = 60_000;

/** Asks each endpoint's adapter whether it can run; an adapter that fails to say counts as unavailable. */
export async function buildOffers(
  endpoints: readonly EndpointConfig[],
  processes: Processes,
  bind: FindAdapter = adapterFor,
): Promise<EndpointOffer[]> {
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const adapter = bind(endpoint);
      const { id, name, profile, tags } = endpoint;
      const reason = await adapter.unavailable(processes).catch((error: unknown) => String(error));
      if (reason !== undefined) return { id, name, profile, tags, capabilities: adapter.capabilities, unavailable: reason.slice(0, 1_000) };
      const program = await adapter.probe(processes);
      return { id, name, profile, tags, capabilities: adapter.capabilities, ...(program === undefined ? {} : { program }) };
    }),
  );
}

export interface OfferWatch {
  current(): readonly EndpointOffer[];
  stop(): void;
}

export interface OfferWatchOptions {
  readonly endpoints: readonly EndpointConfig[];
  readonly processes: Processes;
  readonly bind?: FindAdapter | undefined;
  readonly onChange: (offers: readonly EndpointOffer[]) => void;
  /** ms; default: a minute. */
  readonly interval?: number;
}

/** Builds the offers and builds them again every minute; tells when they changed. */
export async function watchOffers(options: OfferWatchOptions): Promise<OfferWatch> {
  let offers = await buildOffers(options.endpoints, options.processes, options.bind);
  const timer = setInterval(() => void refresh(), options.interval ?? REFRESH_MS);

  async function refresh(): Promise<void> {
    const fresh = await buildOffers(options.endpoints, options.processes, options.bind);
    if (JSON.stringify(fresh) === JSON.stringify(offers)) return;
    offers = fresh;
    options.onChange(offers);
  }

  return { current: () => offers, stop: () => clearInterval(timer) };
}
