/** Credentials of a request or an upgrade → who asks. The one place where that is decided for people. */
import type { IncomingMessage } from "node:http";
import { AppError } from "@fairlead/protocol";
import { ANONYMOUS, type Principal } from "../domain/principal.ts";
import { sessionCookies } from "./cookies.ts";
import type { Logins } from "./logins.ts";
import type { Origins } from "./origin.ts";

/**
 * Who asks; `anonymous` when there are no credentials, or a cookie that no longer stands. Throws UNAUTHENTICATED for a wrong
 * Bearer token (which never falls through to a cookie) and FORBIDDEN for a cookie used by a page of another origin.
 */
export type Authenticate = (request: IncomingMessage) => Promise<Principal>;

export function createAuthenticate({ logins, origins }: { logins: Logins; origins: Origins }): Authenticate {
  return async (request) => {
    const token = bearerOf(request) ?? queryTokenOf(request);
    if (token !== undefined) {
      const principal = await logins.verify(token, "api");
      if (principal === undefined) throw new AppError("UNAUTHENTICATED", "the token is wrong, expired or revoked; sign in again");
      return principal;
    }
    for (const cookie of sessionCookies(request)) {
      const principal = await logins.verify(cookie, "browser");
      if (principal === undefined) continue;
      if (changesSomething(request) && !origins.isOwn(request)) {
        throw new AppError("FORBIDDEN", "this page's origin may not use the sign-in; see server.base_url and server.allowed_origins");
      }
      return principal;
    }
    return ANONYMOUS;
  };
}

/** A token of another scheme (a proxy's Basic sign-in) is not for us. */
function bearerOf(request: IncomingMessage): string | undefined {
  const match = /^Bearer(?:\s+(.*))?$/i.exec(request.headers.authorization ?? "");
  return match === null ? undefined : (match[1] ?? "").trim();
}

/** Browsers' WebSocket cannot set headers, so that one path also takes `?token=`. */
function queryTokenOf(request: IncomingMessage): string | undefined {
  const [path, query] = (request.url ?? "").split("?", 2);
  return path === "/ws/client" ? (new URLSearchParams(query).get("token") ?? undefined) : undefined;
}

/** An upgrade is a GET, but its socket can do everything. */
function changesSomething(request: IncomingMessage): boolean {
  return (request.method !== "GET" && request.method !== "HEAD") || request.headers.upgrade !== undefined;
}
