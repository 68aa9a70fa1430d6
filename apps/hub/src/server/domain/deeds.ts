/** A deed as the audit trail is told of it: before it is done, and what only its result could tell. */
import { type AuditActor, CONTRACTS, type Contract, type OperationName } from "@fairlead/protocol";
import type { Principal } from "./principal.ts";
import { type Detail, redact } from "./redact.ts";

/** What is to be done, known before it is. */
export interface Deed {
  /** An operation's name, or one of `AUDITED_DEEDS`. */
  readonly operation: string;
  readonly actor: AuditActor;
  /** Where the request came from. */
  readonly address: string;
  readonly session_id?: string | undefined;
  readonly subject?: string | undefined;
  readonly detail: Detail;
}

/** What only the deed itself could tell. */
export type Findings = Partial<Pick<Deed, "actor" | "session_id" | "subject" | "detail">>;

/** What is acted on beside a session; the first that an input has. */
const SUBJECTS = ["approval_id", "rule_id", "user_id", "endpoint_id", "message_id", "turn_id"] as const;

/** Operations whose result has the id of what they made, and what that is. */
const MAKERS: Partial<Record<OperationName, "session_id" | "subject">> = {
  "sessions.create": "session_id",
  "terminals.open": "session_id",
  "users.create": "subject",
  "rules.create": "subject",
};

/** Whether calls of an operation leave entries. */
export function isAudited(name: OperationName): boolean {
  const { kind, audited }: Contract = CONTRACTS[name];
  return kind === "mutation" && audited !== false;
}

export function actorOfDeed(principal: Principal): AuditActor {
  if (principal.kind === "user") return { kind: "user", id: principal.user_id, name: principal.username };
  return { kind: "stranger", id: null, name: principal.kind };
}

export interface Call {
  readonly name: OperationName;
  readonly principal: Principal;
  readonly address: string;
  /** Parsed; undefined: what was sent is not valid. */
  readonly input: unknown;
}

/** The entry of a call of an operation. */
export function deedOf({ name, principal, address, input }: Call): Deed {
  const [subject] = SUBJECTS.flatMap((key) => textAt(input, key) ?? []);
  return {
    operation: name,
    actor: actorOfDeed(principal),
    address,
    session_id: textAt(input, "session_id"),
    subject,
    detail: redact(input),
  };
}

/** What the result of an operation adds to its entry. */
export function foundIn(name: OperationName, result: unknown): Findings {
  const key = MAKERS[name];
  const id = textAt(result, "id");
  return key === undefined || id === undefined ? {} : { [key]: id };
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
