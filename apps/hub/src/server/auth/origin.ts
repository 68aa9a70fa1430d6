/** Whether a request that carries the sign-in cookie comes from a page of ours: a browser sends the cookie for any page. */
import type { IncomingMessage } from "node:http";
import type { Locate } from "./client-address.ts";

export interface OriginRules {
  readonly locate: Locate;
  /** `server.base_url`. */
  readonly baseUrl: string | undefined;
  /** `server.allowed_origins`. */
  readonly allowed: readonly string[];
}

export interface Origins {
  /** Whether the request's `Origin` is the hub's own or an allowed one. None, or `null`, is not. */
  isOwn(request: IncomingMessage): boolean;
  /** Whether it is one of `allowed_origins`, whose pages also need CORS headers. */
  isForeignButAllowed(request: IncomingMessage): boolean;
}

/** Makes the check from the configuration. */
export function createOrigins({ locate, baseUrl, allowed }: OriginRules): Origins {
  const listed = new Set(allowed.map((entry) => new URL(entry).origin));
  const own = baseUrl === undefined ? undefined : new URL(baseUrl).origin;
  return {
    isOwn: (request) => {
      const origin = request.headers.origin;
      if (origin === undefined || !URL.canParse(origin)) return false;
      const addressed = locate(request).origin;
      return origin === addressed || isSameOverTls(origin, addressed) || origin === own || listed.has(origin);
    },
    isForeignButAllowed: (request) => request.headers.origin !== undefined && listed.has(request.headers.origin),
  };
}

/** A tunnel that ends TLS may say nothing of it; https on the very same host is no less ours than http. */
function isSameOverTls(origin: string, addressed: string | undefined): boolean {
  return addressed !== undefined && origin.startsWith("https://") && new URL(origin).host === new URL(addressed).host;
}
