/** The door for sockets: takes upgrades, serves clients and runtimes, and closes them all when the hub stops. */
import type { IncomingMessage } from "node:http";
import type { Bus } from "../bus/bus.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Principal } from "../domain/principal.ts";
import type { Services } from "../services/contract.ts";
import { serveClient } from "./client-connection.ts";
import type { Environment, GatewayLog } from "./environment.ts";
import { createFanout } from "./fanout.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import { type RuntimeRegistry, serveRuntime } from "./runtime-connection.ts";
import { type GatewaySocket, openSocket } from "./socket.ts";
import { createTerminalRelay } from "./terminal-relay.ts";
import { type Accepted, createUpgrade, type HandleUpgrade } from "./upgrade.ts";

export interface GatewayOptions {
  readonly services: Services;
  readonly bus: Bus;
  readonly log: GatewayLog;
  /** Anonymous without credentials; throws AppError for wrong ones and for a foreign Origin. */
  readonly authenticate: (request: IncomingMessage) => Principal | Promise<Principal>;
  readonly clock?: Clock;
  /** The peer's address behind trusted proxies; default: that of the connection. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /** `session.replay_buffer` of the config. */
  readonly replayBuffer?: number;
  readonly limits?: Partial<GatewayLimits>;
}

export interface Gateway {
  /** For the HTTP server's `upgrade` event; false: the path is not ours and nothing was done. */
  readonly handleUpgrade: HandleUpgrade;
  /** Open sockets of both kinds. */
  socketCount(): number;
  /** Bytes held for peers that have not taken them yet. */
  unsentBytes(): number;
  /** Views of terminals that stand or are being asked for. */
  watchedTerminals(): number;
  /** Closes every socket with GoingAway and waits for work under way. */
  close(): Promise<void>;
}

/** What a socket does with what it gets. */
interface Connection {
  onText(text: string, bytes: number): void;
  onBytes(bytes: Buffer): void;
  tick(now: number): void;
  end(): void;
}

interface Live {
  readonly socket: GatewaySocket;
  tick(now: number): void;
  readonly closed: Promise<void>;
}

/** Moves a recheck around by up to a fifth, so that several hubs do not ask at the same moment. */
const jittered = (ms: number) => ms * (0.9 + Math.random() * 0.2);

export function createGateway(options: GatewayOptions): Gateway {
  const { services, bus, log } = options;
  const clock = options.clock ?? systemClock;
  const limits: GatewayLimits = { ...GATEWAY_LIMITS, ...options.limits };
  const fanout = createFanout({ services, bus, log, limits, replayBuffer: options.replayBuffer ?? 100 });
  const registry: RuntimeRegistry = new Map();
  const work = new Set<Promise<void>>();
  const live = new Set<Live>();
  let accepting = true;

  const base: Omit<Environment, "relay"> = {
    services,
    bus,
    log,
    limits,
    fanout,
    now: () => clock.now(),
    track(promise) {
      work.add(promise);
      void promise.finally(() => work.delete(promise));
    },
  };
  const relay = createTerminalRelay(base);
  const environment: Environment = { ...base, relay };

  function serve(accepted: Accepted, maxFrameBytes: number, connect: (socket: GatewaySocket) => Connection): GatewaySocket {
    let settle: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const { ws, stream } = accepted;
    const socket = openSocket({
      ws,
      stream,
      limits,
      maxFrameBytes,
      now: environment.now,
      log,
      onText: (text, bytes) => connection.onText(text, bytes),
      onBytes: (bytes) => connection.onBytes(bytes),
      onClose() {
        live.delete(entry);
        accepted.leave();
        connection.end();
        settle();
      },
    });
    const connection = connect(socket);
    const entry: Live = {
      socket,
      closed,
      tick(now) {
        socket.tick(now);
        connection.tick(now);
      },
    };
    live.add(entry);
    return socket;
  }

  const handleUpgrade = createUpgrade({
    limits,
    log,
    authenticate: options.authenticate,
    addressOf: options.addressOf ?? ((request) => request.socket.remoteAddress ?? "unknown"),
    accepting: () => accepting,
    onClient(accepted, principal, full) {
      const { address } = accepted;
      const connect = (socket: GatewaySocket) => serveClient({ environment, socket, principal, address });
      const socket = serve(accepted, limits.maxClientFrameBytes, connect);
      if (!full) return;
      socket.refuse("LIMIT_EXCEEDED", `a user may hold ${limits.maxSocketsPerUser} sockets open; close one first`);
      socket.close("TooManyConnections");
    },
    onRuntime(accepted, headerToken) {
      const connect = (socket: GatewaySocket) => serveRuntime({ environment, socket, registry, headerToken, onProven: accepted.leave });
      serve(accepted, limits.maxRuntimeFrameBytes, connect);
    },
  });

  const ticking = setInterval(() => {
    const now = clock.now();
    for (const entry of live) entry.tick(now);
    relay.tick(now);
  }, limits.tickMs);

  async function recheck(): Promise<void> {
    try {
      await fanout.recheck(clock.now());
    } catch (error) {
      log.warn({ err: error }, "the heads of viewed sessions could not be read; they are asked again");
    }
    if (accepting) rechecking = setTimeout(recheckTracked, jittered(limits.recheckMs));
  }
  const recheckTracked = () => environment.track(recheck());
  let rechecking = setTimeout(recheckTracked, jittered(limits.recheckMs));

  return {
    handleUpgrade,
    socketCount: () => live.size,
    unsentBytes: () => [...live].reduce((sum, { socket }) => sum + socket.unsent, 0),
    watchedTerminals: () => relay.views(),
    async close() {
      accepting = false;
      clearInterval(ticking);
      clearTimeout(rechecking);
      const sockets = [...live];
      for (const { socket } of sockets) socket.close("GoingAway");
      await Promise.all(sockets.map(({ closed }) => closed));
      while (work.size > 0) await Promise.all(work);
      fanout.close();
    },
  };
}
