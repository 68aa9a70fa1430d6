/** Claims exactly `/ws/client` and `/ws/runtime`, and says no before the upgrade wherever it already can. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { AppError } from "@fairlead/protocol";
import { type Server, WebSocketServer } from "ws";
import type { Principal, UserPrincipal } from "../domain/principal.ts";
import { createAdmission } from "./admission.ts";
import type { GatewayLog } from "./environment.ts";
import type { GatewayLimits } from "./limits.ts";
import { refuseUpgrade } from "./refusal.ts";
import { ClosingWebSocket, refusalOf } from "./socket.ts";

/** A socket that was let in; `leave` gives its place back. */
export interface Accepted {
  readonly ws: ClosingWebSocket;
  readonly stream: Duplex;
  readonly address: string;
  readonly leave: () => void;
}

export interface UpgradeOptions {
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
  readonly authenticate: (request: IncomingMessage) => Principal | Promise<Principal>;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Whether new sockets are still taken. */
  readonly accepting: () => boolean;
  /** `full`: the user has too many sockets already; the socket is to be told so and closed. */
  readonly onClient: (accepted: Accepted, principal: UserPrincipal, full: boolean) => void;
  readonly onRuntime: (accepted: Accepted, headerToken: string | undefined) => void;
}

export type HandleUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => boolean;

function createServer(limits: GatewayLimits, maxFrameBytes: number): Server<typeof ClosingWebSocket> {
  const options = {
    noServer: true,
    clientTracking: false,
    // Compression costs several times the latency and memory for frames of this size.
    perMessageDeflate: false,
    // Somewhat above our own limit, so that a frame a little too large can be refused by the id it carries.
    maxPayload: maxFrameBytes * limits.hardFrameFactor,
    closeTimeout: limits.closeGraceMs,
    WebSocket: ClosingWebSocket,
  };
  const server = new WebSocketServer(options);
  server.on("wsClientError", (error, stream) =>
    refuseUpgrade(stream, new AppError("INVALID_INPUT", `not a WebSocket request: ${error.message}`)),
  );
  return server;
}

/** The Bearer token of a runtime's request; browsers never send one here. */
function bearerOf(request: IncomingMessage): string | undefined {
  const match = /^Bearer\s+(\S{1,1024})$/i.exec(request.headers.authorization ?? "");
  return match?.[1];
}

/** Makes the handler for the HTTP server's `upgrade` event; it returns false for paths that are not ours. */
export function createUpgrade(options: UpgradeOptions): HandleUpgrade {
  const { limits, log } = options;
  const clients = createServer(limits, limits.maxClientFrameBytes);
  const runtimes = createServer(limits, limits.maxRuntimeFrameBytes);
  const users = createAdmission(limits.maxSocketsPerUser);
  const unproven = createAdmission(limits.maxUnprovenPerAddress, limits.maxUnprovenSockets);

  async function takeClient(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const principal = await options.authenticate(request);
    if (principal.kind !== "user") throw new AppError("UNAUTHENTICATED", "sign in first: a cookie, a Bearer token or ?token= is needed");
    if (!options.accepting()) throw shuttingDown();
    const leave = users.enter(principal.user_id);
    if (stream.destroyed) {
      leave?.();
      return;
    }
    clients.handleUpgrade(request, stream, head, (ws) => {
      options.onClient({ ws, stream, address: options.addressOf(request), leave: leave ?? noPlace }, principal, leave === undefined);
    });
  }

  function takeRuntime(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (request.headers.origin !== undefined) throw new AppError("FORBIDDEN", "web pages may not connect as a runtime");
    const address = options.addressOf(request);
    const leave = unproven.enter(address);
    if (leave === undefined) {
      throw new AppError("LIMIT_EXCEEDED", "too many connections that have not said hello", { retryAfter: limits.helloDeadlineMs / 1_000 });
    }
    // Given back when the socket closes, whether or not the handshake succeeds.
    stream.once("close", leave);
    runtimes.handleUpgrade(request, stream, head, (ws) => options.onRuntime({ ws, stream, address, leave }, bearerOf(request)));
  }

  return (request, stream, head) => {
    const path = pathOf(request);
    if (path !== "/ws/client" && path !== "/ws/runtime") return false;
    const onError = (error: Error) => log.debug({ err: error }, "a connection failed before its upgrade");
    stream.on("error", onError);
    const refuse = (error: unknown) => {
      if (!(error instanceof AppError)) log.error({ err: error }, "an upgrade could not be served");
      refuseUpgrade(stream, refusalOf(error));
    };
    try {
      if (!options.accepting()) throw shuttingDown();
      if (path === "/ws/client") takeClient(request, stream, head).catch(refuse);
      else takeRuntime(request, stream, head);
    } catch (error) {
      refuse(error);
    }
    return true;
  };
}

function noPlace(): void {
  // There was no place to give back.
}

function shuttingDown(): AppError {
  return new AppError("UNAVAILABLE", "the hub is shutting down", { retryAfter: 5 });
}

function pathOf(request: IncomingMessage): string {
  const [path] = (request.url ?? "/").split("?", 1);
  return path ?? "/";
}
