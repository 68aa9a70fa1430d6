/**
 * How next-auth, which runs in Next's own module graph, reaches the logins of this process: a module imported from both sides
 * would exist twice, `globalThis` exists once.
 */
import { createHash } from "node:crypto";
import { AppError } from "@fairlead/protocol";
import type { AuditTrail } from "../services/audit.ts";
import type { Logins, SignedIn } from "./logins.ts";

/** Set by the hub on every request it hands to Next, after removing what the caller sent under this name. */
export const ADDRESS_HEADER = "x-fairlead-address";

/** What next-auth keeps in its cookie: the claims of our own token. */
export interface CookieClaims {
  readonly sub: string;
  readonly name: string;
  readonly role: string;
  readonly sid: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

export interface AuthBridge {
  /** next-auth signs its CSRF cookie with it. */
  readonly secret: string;
  readonly maxAgeSeconds: number;
  /** Undefined: wrong username or password. Throws LIMIT_EXCEEDED. */
  signIn(credentials: { username: string; password: string }, address: string): Promise<CookieClaims | undefined>;
  seal(claims: CookieClaims): Promise<string>;
  /** Undefined: wrong, expired or revoked. */
  open(token: string): Promise<CookieClaims | undefined>;
  /** Signs out. Throws UNAVAILABLE. */
  revoke(claims: CookieClaims): Promise<void>;
}

export interface AuthBridgeOptions {
  readonly secret: string;
  /** How long a login lasts (ms). */
  readonly expiryMs: number;
  readonly audit: AuditTrail;
}

const KEY = Symbol.for("fairlead.auth-bridge");

/** Offers the logins to Next's side of this process; the returned function takes them back. */
export function offerAuthBridge(logins: Logins, options: AuthBridgeOptions): () => void {
  const claimsOf = ({ principal, expires_at }: SignedIn): CookieClaims => ({
    sub: principal.user_id,
    name: principal.username,
    role: principal.role,
    sid: principal.login_id,
    exp: Math.floor(expires_at.getTime() / 1_000),
  });
  const bridge: AuthBridge = {
    secret: createHash("sha256").update("next-auth csrf").update(options.secret).digest("hex"),
    maxAgeSeconds: Math.floor(options.expiryMs / 1_000),
    signIn: async (credentials, address) => {
      try {
        return claimsOf(await logins.signIn(credentials, address));
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === "UNAUTHENTICATED") return undefined;
        throw thrown;
      }
    },
    seal: ({ sub, name, role, sid, exp }) =>
      logins.issue(
        {
          principal: { kind: "user", user_id: sub, username: name, role: role === "admin" ? "admin" : "user", login_id: sid },
          expires_at: new Date(exp * 1_000),
        },
        "browser",
      ),
    open: async (token) => {
      const principal = await logins.verify(token, "browser");
      const expires_at = principal === undefined ? undefined : await logins.expiryOf(principal.login_id);
      return principal === undefined || expires_at === undefined ? undefined : claimsOf({ principal, expires_at });
    },
    revoke: ({ sub, name, sid }) => {
      // next-auth does not say from where.
      const deed = { operation: "auth.logout", actor: { kind: "user", id: sub, name }, address: "unknown", detail: {} } as const;
      return options.audit.record(deed, () => logins.revoke(sid));
    },
  };
  const shared = globalThis as { [KEY]?: AuthBridge };
  shared[KEY] = bridge;
  return () => {
    if (shared[KEY] === bridge) delete shared[KEY];
  };
}

/** The bridge of this process's hub. Throws UNAVAILABLE while there is none. */
export function authBridge(): AuthBridge {
  const bridge = (globalThis as { [KEY]?: AuthBridge })[KEY];
  if (bridge === undefined) throw new AppError("UNAVAILABLE", "the hub is starting or stopping", { retryAfter: 2 });
  return bridge;
}
