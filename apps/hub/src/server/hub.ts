/** The composition root: builds every part of a hub by hand and takes it down in order. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AppError, type HubConfig, PRODUCT_VERSION } from "@fairlead/protocol";
import { createHttp } from "./api/http.ts";
import type { RequestRates } from "./api/identify.ts";
import { offerAuthBridge } from "./auth/bridge.ts";
import { createLocate } from "./auth/client-address.ts";
import { createFirstAdmin } from "./auth/first-admin.ts";
import { createLogins } from "./auth/logins.ts";
import { authOperations, healthOperations } from "./auth/operations.ts";
import { createOrigins } from "./auth/origin.ts";
import { hashPassword } from "./auth/passwords.ts";
import { createAuthenticate } from "./auth/principal.ts";
import { createLoginThrottle, type LoginRates } from "./auth/throttle.ts";
import { createMemoryBus } from "./bus/memory-bus.ts";
import { type Clock, systemClock } from "./clock.ts";
import { parseAddress } from "./config.ts";
import { createGateway } from "./gateway/gateway.ts";
import type { GatewayLimits } from "./gateway/limits.ts";
import { createLog, type Log } from "./log.ts";
import { type Pages, startPages } from "./pages.ts";
import type { Services } from "./services/contract.ts";
import { createServices } from "./services/index.ts";
import { openDb } from "./storage/db.ts";
import { every } from "./workers/every.ts";

export interface HubOptions {
  /** The repository's root: migrations and the web app are found from it. */
  readonly root: string;
  /** Pages are compiled as they are edited. */
  readonly dev?: boolean;
  /** False: no pages, only the API and the sockets, which need nothing of Next. */
  readonly web?: boolean;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly loginRates?: LoginRates;
  readonly requestRates?: RequestRates;
  readonly gatewayLimits?: Partial<GatewayLimits>;
  /** How often expired, idle and old things are looked for (ms). */
  readonly sweepEveryMs?: number;
}

export interface Hub {
  /** Opens the database, then the port. Throws an Error for people when either cannot be had; what was opened is closed again. */
  listen(): Promise<{ port: number; url: string }>;
  /** Takes no more requests, tells sockets that it goes, finishes what is being written, and lets the database go. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 30_000;
const LOGIN_SWEEP_EVERY_MS = 600_000;
/** How long requests under way may take to finish when the hub closes. */
const CLOSE_GRACE_MS = 3_000;

export function createHub(config: HubConfig, options: HubOptions): Hub {
  const log = options.log ?? createLog(config.logging);
  const clock = options.clock ?? systemClock;
  const dev = options.dev ?? false;
  /** Undone in reverse order. */
  const undo: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;

  async function open(): Promise<{ port: number; url: string }> {
    log.info({ version: PRODUCT_VERSION, addr: config.server.addr }, "hub starting");
    const { server: serverConfig, auth, storage } = config;
    const startedAt = clock.now();
    const bus = createMemoryBus({ onListenerError: (subject, err) => log.error({ err, subject }, "a listener of the bus failed") });

    const db = await openDb({ ...storage, root: options.root, bus, now: () => clock.now() });
    undo.push(() => db.close());
    const isFirst = await createFirstAdmin({ prisma: db.prisma, clock, admin: auth.initial_admin });
    if (isFirst) log.info({ username: auth.initial_admin?.username }, "first admin created");
    log.info({ driver: storage.driver }, "storage initialized");

    const locate = createLocate(serverConfig.trusted_proxies);
    const origins = createOrigins({ locate, baseUrl: serverConfig.base_url, allowed: serverConfig.allowed_origins });
    const throttle = createLoginThrottle(clock, options.loginRates);
    const logins = createLogins({ prisma: db.prisma, bus, clock, throttle, secret: auth.jwt_secret, expiryMs: auth.jwt_expiry });
    const authenticate = createAuthenticate({ logins, origins });
    const health = { uptime: () => clock.now() - startedAt, version: PRODUCT_VERSION, ping: () => db.ping() };
    const operations = { ...authOperations(logins), ...healthOperations(health) };
    const services: Services = {
      ...createServices({ config, db, bus, clock, log, hashPassword, operations }),
      logins: { alive: logins.alive },
    };
    const gateway = createGateway({
      services,
      bus,
      log,
      authenticate,
      clock,
      addressOf: (request) => locate(request).address,
      replayBuffer: config.session.replay_buffer,
      ...(options.gatewayLimits === undefined ? {} : { limits: options.gatewayLimits }),
    });

    const address = parseAddress(serverConfig.addr);
    const pages = options.web === false ? undefined : await openPages(address);
    if (pages !== undefined) undo.push(offerAuthBridge(logins, { secret: auth.jwt_secret, expiryMs: auth.jwt_expiry }));
    const http = createHttp({
      services,
      authenticate,
      locate,
      origins,
      clock,
      log,
      dev,
      baseUrl: serverConfig.base_url,
      pages: pages?.handle,
      rates: options.requestRates,
    });
    const server = openServer(http);
    server.on("upgrade", (request, socket, head) => {
      if (gateway.handleUpgrade(request, socket, head) || pages?.handleUpgrade(request, socket, head)) return;
      refuseUpgrade(socket);
    });
    undo.push(every({ name: "sweep", everyMs: options.sweepEveryMs ?? SWEEP_EVERY_MS, work: () => services.sweep(clock.now()) }, log));
    undo.push(every({ name: "logins", everyMs: LOGIN_SWEEP_EVERY_MS, work: () => logins.sweep() }, log));
    let gatewayClosed: Promise<void> | undefined;
    const closeGateway = () => {
      gatewayClosed ??= gateway.close();
      return gatewayClosed;
    };
    undo.push(closeGateway);
    const port = await listenOn(server, address);
    undo.push(() => stopServer(server, closeGateway));

    const url = `http://${address.host === undefined ? "localhost" : bracketed(address.host)}:${port}`;
    log.info({ url }, "hub listening");
    return { port, url };
  }

  async function openPages(address: { host: string | undefined; port: number }): Promise<Pages> {
    const pages = await startPages({ ...address, dev, root: options.root, baseUrl: config.server.base_url });
    undo.push(() => pages.close());
    return pages;
  }

  async function takeDown(): Promise<void> {
    for (const step of undo.reverse()) {
      try {
        await step();
      } catch (err) {
        log.error({ err }, "a part of the hub did not close cleanly");
      }
    }
  }

  return {
    listen: async () => {
      try {
        return await open();
      } catch (failure) {
        await takeDown();
        throw failure;
      }
    },
    close: () => {
      closing ??= takeDown().then(() => log.info("hub stopped"));
      return closing;
    },
  };
}

function openServer(http: RequestListener): Server {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 75_000, maxHeaderSize: 32_768 }, http);
  // Small answers must not wait for more to come.
  server.on("connection", (socket) => socket.setNoDelay(true));
  return server;
}

function listenOn(server: Server, { host, port }: { host: string | undefined; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const where = `${host ?? "every interface"}, port ${port}`;
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: `address already in use: ${where}. Another program, perhaps another hub, listens there; stop it or change server.addr`,
        EACCES: `not allowed to listen on ${where}; choose a port above 1023 in server.addr`,
        EADDRNOTAVAIL: `this machine does not have the address ${where}; change server.addr`,
      };
      reject(new AppError("UNAVAILABLE", reasons[cause.code ?? ""] ?? cause.message, { cause }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops taking connections, lets requests under way finish within the grace, and tells sockets that the hub goes. */
async function stopServer(server: Server, closeSockets: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closeSockets();
  const hard = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(hard);
}

function refuseUpgrade(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
