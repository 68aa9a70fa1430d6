/** What storage offers to services, whatever the database: the log, the commands, and Prisma for everything that is mere state. */
import type { EventDraft, Profile, RuntimeCommand, SessionState } from "@fairlead/protocol";

/** A session's row as decisions see it. */
export interface SessionRecord {
  readonly id: string;
  readonly user_id: string;
  readonly endpoint_id: string;
  /** The endpoint as its runtime names it. */
  readonly local_endpoint_id: string;
  readonly runtime_id: string;
  readonly profile: Profile;
  readonly state: SessionState;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A command to be stored in the same transaction as the events that caused it. */
export interface NewCommand {
  readonly command: RuntimeCommand;
  /** Milliseconds since the epoch; undelivered after that it expires. */
  readonly expires_at?: number | undefined;
}

/** What a decision wants written: all of it in one transaction, or none. */
export interface Decision<T> {
  readonly drafts: readonly EventDraft[];
  readonly commands?: readonly NewCommand[];
  /** Command ids that must not be delivered any more (only rows still `stored` change); their number is in `Appended.withdrawn`. */
  readonly withdraw?: readonly string[];
  /** As `withdraw`, for commands whose deadline has passed: they end as `expired`. */
  readonly expire?: readonly string[];
  readonly value: T;
}

export interface Appended<T> {
  readonly value: T;
  /** Numbers given to the drafts; `to` < `from` when there were none. */
  readonly from: number;
  readonly to: number;
  readonly state: SessionState;
  /** How many of the commands in `withdraw` and `expire` were still `stored`. */
  readonly withdrawn: number;
}

export interface DecisionInput {
  /** The session as it is under the write lock. */
  readonly session: SessionRecord;
  /** Milliseconds since the epoch; the `at` of the drafts. */
  readonly now: number;
  /** The message with the asked-for id, if the log has it already. */
  readonly posted: { readonly seq: number; readonly turn_id: string } | undefined;
  /** Commands of this session that are not yet delivered, oldest first. */
  readonly undelivered: readonly { readonly id: string; readonly kind: RuntimeCommand["kind"]; readonly turn_id: string | null }[];
}

export interface AppendOptions {
  /** Fills `DecisionInput.posted`. */
  readonly message_id?: string;
  /** Fills `DecisionInput.undelivered` (costs a query). */
  readonly with_undelivered?: boolean;
}

/** What the hub adds to a runtime's events in the transaction that stores them. */
export interface Reaction {
  readonly drafts: readonly EventDraft[];
  readonly commands: readonly NewCommand[];
}

/** Events a runtime sent: `from` is the ordinal of the first. */
export interface IngestBatch {
  readonly session_id: string;
  readonly runtime_id: string;
  readonly stream: string;
  readonly from: number;
  readonly events: readonly EventDraft[];
  /** Milliseconds after which a question of these events is no longer waited on; undefined: never. */
  readonly approvals_expire_in?: number | undefined;
  /** Purely decides what follows from those events that are new; `session` has them folded in. Must not throw. */
  readonly react?: (input: { readonly session: SessionRecord; readonly fresh: readonly EventDraft[] }) => Reaction;
}

/** Part of a log as stored: the JSON text of each event, never parsed on its way to a viewer. */
export interface StoredPage {
  readonly from: number;
  readonly to: number;
  readonly head: number;
  readonly events: readonly string[];
}

export interface EventLog {
  /**
   * The only writer of people's and the hub's events. Calls the pure `decide` under the session's write lock, then stores its
   * drafts, commands and the new state in one transaction, grouped with others that wait. An AppError thrown by `decide`
   * rejects this call alone. NOT_FOUND when the session does not exist. Publishes `session.<id>` (and `runtime.<id>` when
   * there are commands) on the bus after the commit.
   */
  append<T>(sessionId: string, decide: (input: DecisionInput) => Decision<T>, options?: AppendOptions): Promise<Appended<T>>;
  /**
   * The only writer of runtimes' events. Ordinals at or below the last stored one are skipped, a new stream id starts at 1,
   * a jump is CONFLICT, another runtime's session FORBIDDEN, an unknown one NOT_FOUND. Resolves after the commit with the last
   * stored ordinal.
   */
  ingest(batch: IngestBatch): Promise<{ readonly ordinal: number }>;
  /** Creates the session row, its first events and the commands that follow from them in one transaction. */
  create(
    session: Omit<SessionRecord, "state" | "created_at" | "updated_at">,
    drafts: readonly EventDraft[],
    commands?: readonly NewCommand[],
  ): Promise<SessionRecord>;
  session(sessionId: string): Promise<SessionRecord | undefined>;
  /** Events after a position, at most `limit` of them and about `max_bytes` (at least one). */
  read(sessionId: string, page: { after_seq: number; limit: number; max_bytes?: number }): Promise<StoredPage>;
  /** The last `limit` events before a position. */
  readBefore(sessionId: string, page: { before_seq: number; limit: number }): Promise<StoredPage>;
  /** The newest number of each session that exists. */
  heads(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Where each stream of a runtime is stored up to; `stream` null: nothing of the session was stored yet. Sessions of other
   * runtimes and unknown ones are left out.
   */
  positions(runtimeId: string, sessionIds: readonly string[]): Promise<ReadonlyMap<string, { stream: string | null; ordinal: number }>>;
  /**
   * Retention: deletes whole sessions (log, commands, row) that are closed and were last changed before a moment (ms since the
   * epoch), oldest first, at most `limit` of them; suspended ones only with `include_suspended`. Resolves with what was deleted.
   */
  purge(options: {
    before: number;
    limit: number;
    include_suspended?: boolean;
  }): Promise<readonly { readonly id: string; readonly user_id: string }[]>;
}

export type CommandState = "stored" | "delivered" | "applied" | "failed" | "expired" | "withdrawn";

export interface CommandStore {
  /** Commands a runtime has not yet applied, in the order they were stored, oldest first, those past their deadline left out. */
  pending(runtimeId: string, options: { after: number; limit: number }): Promise<readonly { ordinal: number; command: RuntimeCommand }[]>;
  /** A command of that runtime, whatever its state. */
  find(runtimeId: string, id: string): Promise<RuntimeCommand | undefined>;
  /**
   * Moves a command of that runtime forward; moving backwards changes nothing. Resolves with the command whether or not it moved
   * (a repeated ack must be able to finish what the first one began), undefined when that runtime has no such command.
   */
  acknowledge(
    runtimeId: string,
    id: string,
    state: "delivered" | "applied" | "failed",
    error?: string,
  ): Promise<RuntimeCommand | undefined>;
  /** Marks `stored` commands past their deadline as expired, and returns them. */
  expire(now: number, limit: number): Promise<readonly RuntimeCommand[]>;
  /**
   * `stored` commands past their deadline, unchanged. To end one and log that in the same transaction, append a decision that
   * names it in `expire`.
   */
  overdue(now: number, limit: number): Promise<readonly RuntimeCommand[]>;
}
