/** Who may do what to what: one pure table, asked by the funnel for every operation that touches a subject. */
import type { Principal } from "./principal.ts";

/** What somebody wants to do to a session. */
export type Verb =
  | "session.read"
  | "session.mark_read"
  | "session.rename"
  | "session.write"
  | "session.configure"
  | "session.answer"
  | "session.stop"
  | "session.close"
  | "session.share"
  | "session.see_shares";

/** What a decision must know of its subject. */
export interface Owned {
  readonly user_id: string;
  /** Users it is shared with: they may read it and nothing else. */
  readonly readers?: readonly string[];
}

/** `owner`: only whose it is. `owner_or_admin`: admins too. `readers`: admins and those it is shared with. */
const RULES: Readonly<Record<Verb, "owner" | "owner_or_admin" | "readers">> = {
  "session.read": "readers",
  "session.mark_read": "owner",
  "session.rename": "owner",
  "session.write": "owner",
  "session.configure": "owner",
  "session.answer": "owner_or_admin",
  "session.stop": "owner_or_admin",
  "session.close": "owner_or_admin",
  "session.share": "owner",
  "session.see_shares": "owner_or_admin",
};

export const VERBS = Object.keys(RULES) as Verb[];

export function can(principal: Principal, verb: Verb, subject: Owned): boolean {
  if (principal.kind === "system") return true;
  if (principal.kind === "anonymous") return false;
  if (principal.user_id === subject.user_id) return true;
  const rule = RULES[verb];
  if (principal.role === "admin") return rule !== "owner";
  return rule === "readers" && subject.readers?.includes(principal.user_id) === true;
}

/** Whether the principal may know that the subject exists; if not, it is told NOT_FOUND like for an unknown id. */
export function mayKnow(principal: Principal, subject: Owned): boolean {
  return can(principal, "session.read", subject);
}
