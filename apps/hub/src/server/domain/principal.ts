/** Who asks: every door turns its credentials into one of these, and every decision looks only at it. */
import type { Actor, Role } from "@fairlead/protocol";

export interface UserPrincipal {
  readonly kind: "user";
  readonly user_id: string;
  readonly username: string;
  readonly role: Role;
  /** The login (row and JWT `sid`) behind this request; revoking it ends every token and socket made from it. */
  readonly login_id: string;
}

export type Principal = UserPrincipal | { readonly kind: "anonymous" } | { readonly kind: "system" };

export const ANONYMOUS: Principal = { kind: "anonymous" };
export const SYSTEM: Principal = { kind: "system" };

/** How the log names a principal. */
export function actorOf(principal: Principal): Actor {
  return principal.kind === "user" ? { id: principal.user_id, name: principal.username } : { id: principal.kind, name: principal.kind };
}
