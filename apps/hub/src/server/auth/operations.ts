/** The operations of signing in and out. */
import { AppError } from "@fairlead/protocol";
import { implement } from "../services/operation.ts";
import type { Logins } from "./logins.ts";

export function authOperations(logins: Logins) {
  return {
    "auth.config": implement("auth.config", { run: async () => ({ provider: "builtin" as const }) }),
    "auth.login": implement("auth.login", {
      run: async ({ facts }, credentials) => {
        const signedIn = await logins.signIn(credentials, facts.address);
        return { token: await logins.issue(signedIn, "api"), expires_at: signedIn.expires_at.toISOString() };
      },
    }),
    "auth.logout": implement("auth.logout", {
      run: async ({ principal }) => {
        await logins.revoke(principal.login_id);
        return { status: "logged_out" as const };
      },
    }),
  };
}

export interface Health {
  /** Milliseconds since the hub started. */
  uptime(): number;
  readonly version: string;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}

/** The operations that say how the hub is. */
export function healthOperations(health: Health) {
  return {
    "health.live": implement("health.live", {
      run: async () => ({ status: "ok" as const, uptime: describeDuration(health.uptime()), version: health.version }),
    }),
    "health.ready": implement("health.ready", {
      run: async () => {
        await health.ping().catch((cause: unknown) => {
          throw new AppError("UNAVAILABLE", "the database does not answer", { cause, retryAfter: 5 });
        });
        return { status: "ready" as const };
      },
    }),
  };
}

/** `3h4m5s`. */
function describeDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds % 60}s`;
}
