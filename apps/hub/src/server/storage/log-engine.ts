/** What a database must be able to do for the event log and the command store; one file per database implements it. */
import type { ApprovalOptionKind, ApprovalState, CommandKind, Profile, Session } from "@fairlead/protocol";
import type { CommandState } from "./contract.ts";

/** A session's row with what its endpoint adds. Times are milliseconds since the epoch. */
export interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly endpointId: string;
  readonly localEndpointId: string;
  readonly runtimeId: string;
  readonly profile: Profile;
  readonly lastSeq: number;
  readonly state: string;
  readonly ingestStream: string | null;
  readonly ingestOrdinal: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The columns that follow from the state. */
export interface Projection {
  readonly title: string;
  readonly titleLower: string;
  readonly state: string;
  readonly activity: string;
  readonly closedReason: string | null;
  readonly queued: number;
}

export interface NewSessionRow extends Projection {
  readonly id: string;
  readonly userId: string;
  readonly endpointId: string;
  readonly runtimeId: string;
  readonly kind: Session["kind"];
  readonly lastSeq: number;
  readonly createdAt: number;
}

export interface SessionUpdate {
  readonly id: string;
  readonly lastSeq: number;
  readonly ingestStream: string | null;
  readonly ingestOrdinal: number;
  /** Left out when it stays as it is. */
  readonly updatedAt: number | undefined;
  /** Left out when no event changed more than the number of the last one. */
  readonly projection: Projection | undefined;
}

export interface EventRow {
  readonly sessionId: string;
  readonly seq: number;
  readonly type: string;
  readonly turnId: string | null;
  readonly messageId: string | null;
  readonly postedId: string | null;
  readonly data: string;
}

export interface CommandRow {
  readonly id: string;
  readonly runtimeId: string;
  readonly sessionId: string;
  readonly kind: CommandKind;
  readonly turnId: string | null;
  readonly data: string;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** What became of an approval. Times are milliseconds since the epoch, `answers` and `rule` are JSON text. */
export interface ApprovalOutcome {
  readonly applied: boolean;
  readonly resolvedAt: number | null;
  readonly optionId: string | null;
  readonly optionKind: ApprovalOptionKind | null;
  readonly reason: string | null;
  readonly answers: string | null;
  readonly by: string | null;
  readonly ruleId: string | null;
  readonly rule: string | null;
}

/** The row of an approval that was asked for; one that is there under its id already is replaced. */
export interface ApprovalOpened extends ApprovalOutcome {
  readonly sessionId: string;
  readonly approvalId: string;
  readonly userId: string;
  readonly endpointId: string;
  readonly runtimeId: string;
  readonly turnId: string | null;
  readonly state: ApprovalState;
  readonly tool: string;
  readonly kind: string | null;
  readonly inputHash: string | null;
  readonly data: string;
  readonly requestedAt: number;
  readonly expiresAt: number | null;
}

/**
 * A change of an older row: null leaves a column as it is. `applied` and `superseded` change nothing unless the row is answered and
 * neither of them yet, and so does a change of a row that is not there (its question is older than these rows).
 */
export interface ApprovalChange extends ApprovalOutcome {
  readonly sessionId: string;
  readonly approvalId: string;
  readonly state: Exclude<ApprovalState, "open"> | null;
}

export interface Undelivered {
  readonly id: string;
  readonly kind: CommandKind;
  readonly turn_id: string | null;
}

export interface Posted {
  readonly seq: number;
  readonly turn_id: string;
}

/** What a group of log entries must know before it is decided. */
export interface Needs {
  readonly sessions: readonly string[];
  readonly posted: readonly { readonly sessionId: string; readonly messageId: string }[];
  readonly undelivered: readonly string[];
}

/** The answers, read under the write lock. Keys of `posted` are made by `postedKey`. */
export interface Facts {
  readonly sessions: ReadonlyMap<string, SessionRow>;
  readonly posted: ReadonlyMap<string, Posted>;
  readonly undelivered: ReadonlyMap<string, readonly Undelivered[]>;
}

/** Key of a message id within one session; a space cannot stand in an id. */
export function postedKey(sessionId: string, messageId: string): string {
  return `${sessionId} ${messageId}`;
}

/** Everything one transaction writes, in the order of the fields. */
export interface Writes {
  readonly created: readonly NewSessionRow[];
  readonly events: readonly EventRow[];
  readonly updated: readonly SessionUpdate[];
  readonly commands: readonly CommandRow[];
  readonly opened: readonly ApprovalOpened[];
  readonly changed: readonly ApprovalChange[];
  readonly ended: readonly { readonly id: string; readonly sessionId: string; readonly state: "withdrawn" | "expired" }[];
}

export interface PageQuery {
  readonly sessionId: string;
  readonly seq: number;
  readonly limit: number;
  readonly maxBytes: number;
}

export interface LogEngine {
  /**
   * One write transaction: reads the facts under the lock, calls the synchronous `plan`, writes what it says and commits. Resolves
   * with the ids of the ended commands that were still `stored`. Nothing is written when `plan` throws.
   */
  transact(needs: Needs, plan: (facts: Facts) => Writes): Promise<ReadonlySet<string>>;
  session(id: string): Promise<SessionRow | undefined>;
  /** Events after (`seq` excluded), oldest first, with the session's newest number. */
  after(query: PageQuery): Promise<{ readonly head: number; readonly events: readonly string[] }>;
  /** Events before (`seq` excluded), oldest first. */
  before(query: PageQuery): Promise<{ readonly head: number; readonly events: readonly string[] }>;
  heads(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  positions(runtimeId: string, ids: readonly string[]): Promise<ReadonlyMap<string, { stream: string | null; ordinal: number }>>;
  purge(before: number, limit: number, includeSuspended: boolean): Promise<readonly { id: string; user_id: string }[]>;
  /**
   * What went wrong: `conflict` and `missing` are constraints of one entry, `statement` another fault of what was written,
   * `database` means that the database itself failed or that the outcome is unknown.
   */
  faultOf(error: unknown): "conflict" | "missing" | "statement" | "database";
}

export interface CommandEngine {
  pending(query: { runtimeId: string; after: number; limit: number; now: number }): Promise<readonly { ordinal: number; data: string }[]>;
  command(runtimeId: string, id: string): Promise<{ readonly data: string } | undefined>;
  /** Changes the state if the present one is among `from`, and answers the command; undefined when nothing changed. */
  move(change: {
    runtimeId: string;
    id: string;
    from: readonly CommandState[];
    to: CommandState;
    error: string | null;
  }): Promise<{ readonly data: string } | undefined>;
  overdue(now: number, limit: number): Promise<readonly string[]>;
  expire(now: number, limit: number): Promise<readonly string[]>;
}
