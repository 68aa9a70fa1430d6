/** Every HTTP request comes in here: the contracts' paths, tRPC and the document are answered; the rest is Next's. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { AppError } from "@fairlead/protocol";
import { ADDRESS_HEADER } from "../auth/bridge.ts";
import type { Locate } from "../auth/client-address.ts";
import { sessionCookies } from "../auth/cookies.ts";
import type { Origins } from "../auth/origin.ts";
import type { Authenticate } from "../auth/principal.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Services } from "../services/contract.ts";
import { createFilesDoor, takesLong } from "./files.ts";
import { createIdentify, type RequestRates } from "./identify.ts";
import { createOpenApi } from "./openapi.ts";
import { checkStatedLength, sendError, sendJson } from "./respond.ts";
import { allowedMethods, createRest, matchRest } from "./rest.ts";
import { createSecurityHeaders } from "./security-headers.ts";
import { createTrpc, TRPC_PREFIX } from "./trpc/handler.ts";

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface HttpOptions {
  readonly services: Services;
  readonly authenticate: Authenticate;
  readonly locate: Locate;
  readonly origins: Origins;
  readonly clock: Clock;
  readonly log: Log;
  readonly dev: boolean;
  readonly baseUrl: string | undefined;
  /** Next; undefined: pages are NOT_FOUND. */
  readonly pages: PageHandler | undefined;
  readonly rates?: RequestRates | undefined;
}

const OPENAPI_PATH = "/api/openapi.json";
/** How long (ms) the body of a request may take to arrive, unless it is a file. */
const SLOWEST_BODY_MS = 60_000;
const CORS_METHODS = "GET, HEAD, POST, PATCH, DELETE";

export function createHttp(options: HttpOptions): RequestListener {
  const { services, locate, origins, log, pages } = options;
  const identify = createIdentify(options);
  const rest = createRest({ services, identify });
  const trpc = createTrpc({ services, identify, onFailure: (err) => log.error({ err }, "tRPC failed") });
  const files = createFilesDoor({ services, identify });
  const document = createOpenApi(options.baseUrl ?? "/");
  const secure = createSecurityHeaders(options.dev);

  async function route(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const method = request.method ?? "GET";
    if (path.startsWith("/api/") && origins.isForeignButAllowed(request)) {
      allowOrigin(request, response);
      if (method === "OPTIONS") return void response.writeHead(204).end();
    }
    const match = matchRest(method, path);
    if (match !== undefined) return rest(request, response, match);
    if (await files(request, response, path)) return;
    if (path.startsWith(TRPC_PREFIX)) return trpc(request, response);
    if (path === OPENAPI_PATH) return sendDocument(method, response);
    if (path.startsWith("/ws/")) throw new AppError("NOT_FOUND", "this address speaks WebSocket only");
    return handToPages(request, response, path);
  }

  function sendDocument(method: string, response: ServerResponse): void {
    if (!isReading(method)) throw new AppError("METHOD_NOT_ALLOWED", `${method} is not possible here; GET is`);
    sendJson(response, 200, document);
  }

  async function handToPages(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const isOurs = path.startsWith("/api/") && !path.startsWith("/api/auth/");
    if (pages === undefined || isOurs) throw new AppError("NOT_FOUND", "there is nothing here");
    if (!isReading(request.method ?? "GET")) {
      checkStatedLength(request);
      checkOrigin(request);
    }
    describeCaller(request);
    await pages(request, response);
  }

  /** next-auth has its own CSRF token; the origin is checked as for every request that a cookie authenticates. */
  function checkOrigin(request: IncomingMessage): void {
    const named = request.headers.origin !== undefined || sessionCookies(request).length > 0;
    if (named && !origins.isOwn(request)) throw new AppError("FORBIDDEN", "this page's origin may not use the sign-in");
  }

  /** Next and next-auth believe these headers, so they say what we found out, never what the caller claims. */
  function describeCaller(request: IncomingMessage): void {
    const { address, origin } = locate(request);
    for (const name of ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"]) delete request.headers[name];
    request.headers[ADDRESS_HEADER] = address;
    request.headers["x-forwarded-for"] = address;
    if (origin === undefined) return;
    const { host, protocol } = new URL(origin);
    request.headers["x-forwarded-host"] = host;
    request.headers["x-forwarded-proto"] = protocol.slice(0, -1);
  }

  return (request, response) => {
    const started = performance.now();
    const path = pathOf(request);
    // The query is left out: it may hold a token.
    response.once("close", () => {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      log.debug({ method: request.method, path: path ?? "?", status: response.statusCode, ms }, "request");
    });
    secure(response);
    if (!request.complete && !takesLong(path ?? "")) {
      const deadline = setTimeout(() => !request.complete && request.destroy(), SLOWEST_BODY_MS);
      response.once("close", () => clearTimeout(deadline));
    }
    const work =
      path === undefined ? Promise.reject(new AppError("INVALID_INPUT", "the path is not valid")) : route(request, response, path);
    work.catch((thrown: unknown) => {
      if (!(thrown instanceof AppError)) log.error({ err: thrown, method: request.method, path }, "a request failed");
      const refusal = thrown instanceof AppError ? thrown : new AppError("INTERNAL", "the hub failed; its log says why");
      if (refusal.code === "METHOD_NOT_ALLOWED" && !response.hasHeader("allow"))
        response.setHeader("allow", (path === OPENAPI_PATH ? ["GET", "HEAD"] : allowedMethods(path ?? "")).join(", "));
      // Whatever is left of the body is not wanted; without this the connection would wait for it.
      if (!request.complete) response.setHeader("connection", "close");
      sendError(response, refusal);
    });
  };
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function pathOf(request: IncomingMessage): string | undefined {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  return path.startsWith("/") && !path.startsWith("//") ? path : undefined;
}

function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", request.headers.origin ?? "");
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-allow-methods", CORS_METHODS);
  response.setHeader("access-control-allow-headers", "authorization, content-type");
  response.setHeader("access-control-max-age", "600");
  response.setHeader("vary", "Origin");
}
