/** The composition root: builds every part of a hub by hand and takes it down in order. */
import { dirname, join } from "node:path";
import { AppError, type HubConfig, PRODUCT_VERSION } from "@fairlead/protocol";
import { createHttp } from "./api/http.ts";
import type { RequestRates } from "./api/identify.ts";
import { offerAuthBridge } from "./auth/bridge.ts";
import { createLocate } from "./auth/client-address.ts";
import { createFirstAdmin, replaceDefaultPasswords } from "./auth/first-admin.ts";
import { createLogins } from "./auth/logins.ts";
import { authOperations, healthOperations } from "./auth/operations.ts";
import { createOrigins } from "./auth/origin.ts";
import { hashPassword } from "./auth/passwords.ts";
import { createAuthenticate } from "./auth/principal.ts";
import { createLoginThrottle, type LoginRates } from "./auth/throttle.ts";
import { createDiskStore } from "./blobs/disk-store.ts";
import { createMemoryBus } from "./bus/memory-bus.ts";
import { type Clock, systemClock } from "./clock.ts";
import { hasWeakCredentials, isOpenToOthers, parseAddress } from "./config.ts";
import { createFront, type Doors } from "./front.ts";
import { createGateway } from "./gateway/gateway.ts";
import type { GatewayLimits } from "./gateway/limits.ts";
import { localOnly } from "./local-only.ts";
import { createLog, type Log } from "./log.ts";
import { type Pages, startPages } from "./pages.ts";
import { createAudit } from "./services/audit.ts";
import type { Services } from "./services/contract.ts";
import { createServices } from "./services/index.ts";
import { type Db, openDb } from "./storage/db.ts";
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

export function createHub(config: HubConfig, options: HubOptions): Hub {
  const log = options.log ?? createLog(config.logging);
  const clock = options.clock ?? systemClock;
  const dev = options.dev ?? false;
  /** How to undo what was opened; the last one first. */
  const undo: (() => unknown)[] = [];

  async function open(): Promise<{ port: number; url: string }> {
    log.info({ version: PRODUCT_VERSION, addr: config.server.addr }, "hub starting");
    const { server: serverConfig, auth, storage } = config;
    const startedAt = clock.now();
    // The port comes first: a second hub ends here, before it touches the first one's database.
    const address = parseAddress(serverConfig.addr);
    const front = createFront();
    const port = await front.listen(address);
    undo.push(() => front.close());
    const bus = createMemoryBus({ onListenerError: (subject, err) => log.error({ err, subject }, "a listener of the bus failed") });

    const db = await openDb({ ...storage, root: options.root, bus, now: () => clock.now() });
    undo.push(() => db.close());
    const isFirst = await createFirstAdmin({ prisma: db.prisma, clock, admin: auth.initial_admin });
    if (isFirst) log.info({ username: auth.initial_admin?.username }, "first admin created");
    if (isOpenToOthers(config)) await refuseDefaultPasswords(db.prisma);
    log.info({ driver: storage.driver }, "storage initialized");

    const locate = createLocate(serverConfig.trusted_proxies);
    const origins = createOrigins({ locate, baseUrl: serverConfig.base_url, allowed: serverConfig.allowed_origins });
    const throttle = createLoginThrottle(clock, options.loginRates);
    const audit = createAudit({ prisma: db.prisma, clock, log, storage });
    const logins = createLogins({ prisma: db.prisma, bus, clock, throttle, audit, secret: auth.jwt_secret, expiryMs: auth.jwt_expiry });
    const authenticate = createAuthenticate({ logins, origins });
    const health = { uptime: () => clock.now() - startedAt, version: PRODUCT_VERSION, ping: () => db.ping() };
    const operations = { ...authOperations(logins), ...healthOperations(health) };
    const services: Services = {
      ...createServices({ config, db, bus, blobs: createDiskStore(filesFolder(storage)), clock, log, audit, hashPassword, operations }),
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
    const closeGateway = once(() => gateway.close());
    undo.push(closeGateway);

    const pages = options.web === false ? undefined : await openPages(address);
    if (pages !== undefined) undo.push(offerAuthBridge(logins, { secret: auth.jwt_secret, expiryMs: auth.jwt_expiry, audit }));
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
    undo.push(every({ name: "sweep", everyMs: options.sweepEveryMs ?? SWEEP_EVERY_MS, work: () => services.sweep(clock.now()) }, log));
    undo.push(every({ name: "logins", everyMs: LOGIN_SWEEP_EVERY_MS, work: () => logins.sweep() }, log));
    const doors: Doors = {
      request: http,
      upgrade: (request, socket, head) =>
        gateway.handleUpgrade(request, socket, head) || pages?.handleUpgrade(request, socket, head) === true,
    };
    front.open(hasWeakCredentials(config) ? localOnly(doors, locate) : doors);
    // The end of a complete hub: no new connections, sockets told to go, requests under way finished; then what is above.
    undo.push(() => front.close());
    undo.push(closeGateway);
    undo.push(() => front.stopAccepting());

    const url = `http://${address.host === undefined ? "localhost" : bracketed(address.host)}:${port}`;
    log.info({ url }, "hub listening");
    return { port, url };
  }

  /** Settings are checked before; here it is what an earlier start, perhaps the demo's, left in the database. */
  async function refuseDefaultPasswords(prisma: Db["prisma"]): Promise<void> {
    const left = await replaceDefaultPasswords({ prisma, clock, admin: config.auth.initial_admin });
    if (left.length === 0) return;
    const names = left.map((name) => `"${name}"`).join(", ");
    throw new AppError(
      "INVALID_INPUT",
      `the hub does not start, because server.addr or server.base_url opens it to others and the stored password of ${names} is a default: set auth.initial_admin to that username with a password of your own, or use another storage.dsn`,
    );
  }

  async function openPages(address: { host: string | undefined; port: number }): Promise<Pages> {
    const pages = await startPages({ ...address, dev, root: options.root, baseUrl: config.server.base_url });
    undo.push(() => pages.close());
    return pages;
  }

  async function takeDown(): Promise<void> {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
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
    close: once(async () => {
      await takeDown();
      log.info("hub stopped");
    }),
  };
}

function filesFolder({ files_dir, driver, dsn }: HubConfig["storage"]): string {
  return files_dir ?? (driver === "sqlite" ? join(dirname(dsn), "files") : join("data", "files"));
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
