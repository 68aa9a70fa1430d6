/** What this runtime offers the hub: each configured endpoint, and why it cannot run here if it cannot; optional ones only if they can. */
import type { EndpointConfig, EndpointOffer, Program } from "@fairlead/protocol";
import { adapterFor } from "./adapters/registry.ts";
import type { AgentProcess, Processes } from "./process/spawn.ts";
import { opensAsTerminal } from "./terminals/launch.ts";

/** How an endpoint's adapter is found. */
export type FindAdapter = typeof adapterFor;

/** How often it is looked whether a command has come or gone (ms). */
const REFRESH_MS = 60_000;

/** What endpoints' programs said of themselves, by endpoint id; asked once, and again after the program was away. */
type KnownPrograms = Map<string, Program | undefined>;

/**
 * Asks each endpoint's adapter whether it can run; an adapter that fails to say counts as unavailable. Programs that are not among `known`
 * are asked for their version, which may take seconds.
 */
export async function buildOffers(
  endpoints: readonly EndpointConfig[],
  processes: Processes,
  { bind = adapterFor, known = new Map() }: { readonly bind?: FindAdapter | undefined; readonly known?: KnownPrograms } = {},
): Promise<EndpointOffer[]> {
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const adapter = bind(endpoint);
      const { id, name, profile, tags } = endpoint;
      const capabilities = opensAsTerminal(endpoint) ? { ...adapter.capabilities, terminal: "also" as const } : adapter.capabilities;
      const offer = { id, name, profile, tags, capabilities };
      const reason = await adapter.unavailable(processes).catch((error: unknown) => String(error));
      if (reason !== undefined) {
        known.delete(id);
        return { ...offer, unavailable: reason.slice(0, 1_000) };
      }
      if (!known.has(id)) known.set(id, await adapter.probe(processes));
      const program = known.get(id);
      return program === undefined ? offer : { ...offer, program };
    }),
  );
}

export interface OfferWatch {
  current(): readonly EndpointOffer[];
  /** Ends the programs that are being asked, too. */
  stop(): Promise<void>;
}

export interface OfferWatchOptions {
  readonly endpoints: readonly EndpointConfig[];
  readonly processes: Processes;
  readonly bind?: FindAdapter | undefined;
  readonly onChange: (offers: readonly EndpointOffer[]) => void;
  /** ms; default: a minute. */
  readonly interval?: number;
}

/**
 * Builds the offers and builds them again every minute; tells when they changed. The first ones do not wait for what the programs say of
 * themselves: that follows as a change.
 */
export async function watchOffers(options: OfferWatchOptions): Promise<OfferWatch> {
  const { endpoints, bind } = options;
  const asked = new Set<AgentProcess>();
  const processes: Processes = {
    ...options.processes,
    async start(spec, how) {
      const started = await options.processes.start(spec, how);
      if (!started.ok) return started;
      const { process } = started;
      asked.add(process);
      void process.gone.then(() => asked.delete(process));
      return started;
    },
  };
  const known: KnownPrograms = new Map();
  const unasked: KnownPrograms = new Map(endpoints.map(({ id }) => [id, undefined]));
  const optional = new Set(endpoints.filter((endpoint) => endpoint.optional).map(({ id }) => id));
  const build = async (programs: KnownPrograms) => {
    const all = await buildOffers(endpoints, processes, { bind, known: programs });
    return all.filter(({ id, unavailable }) => unavailable === undefined || !optional.has(id));
  };
  let offers = await build(unasked);
  const timer = setInterval(() => void refresh(), options.interval ?? REFRESH_MS);
  let refreshing = false;
  let stopped = false;

  async function refresh(): Promise<void> {
    if (refreshing) return;
    refreshing = true;
    const fresh = await build(known);
    refreshing = false;
    if (stopped || JSON.stringify(fresh) === JSON.stringify(offers)) return;
    offers = fresh;
    options.onChange(offers);
  }

  void refresh();
  return {
    current: () => offers,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.all([...asked].map((process) => process.stop(["SIGKILL"])));
    },
  };
}
