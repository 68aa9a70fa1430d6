/** Decides what a group of log entries writes, purely: facts and entries in, rows and one outcome per entry out. */
import {
  AppError,
  activityOf,
  changesState,
  type EventDraft,
  INITIAL_SESSION_STATE,
  reduceSession,
  type SessionEvent,
  type SessionState,
} from "@fairlead/protocol";
import type { Decision, DecisionInput, IngestBatch, NewCommand, SessionRecord } from "./contract.ts";
import {
  type CommandRow,
  type EventRow,
  type Facts,
  type NewSessionRow,
  type Posted,
  type Projection,
  postedKey,
  type SessionUpdate,
  type Undelivered,
  type Writes,
} from "./log-engine.ts";
import { commandRow, eventRow, storable } from "./log-rows.ts";

export type Draft =
  | {
      readonly kind: "append";
      readonly sessionId: string;
      readonly decide: (input: DecisionInput) => Decision<unknown>;
      readonly messageId: string | undefined;
      readonly withUndelivered: boolean;
    }
  | { readonly kind: "ingest"; readonly sessionId: string; readonly batch: IngestBatch }
  | {
      readonly kind: "create";
      readonly sessionId: string;
      readonly session: Omit<SessionRecord, "state" | "created_at" | "updated_at">;
      readonly drafts: readonly EventDraft[];
    };

/** What becomes of one entry once the transaction is committed. */
export type Outcome =
  | { readonly error: unknown }
  | {
      readonly value: unknown;
      readonly from: number;
      readonly to: number;
      readonly record: SessionRecord;
      readonly ordinal: number;
      readonly ending: readonly string[];
    };

/** What one session gained, for the bus. */
export interface Growth {
  readonly userId: string;
  readonly runtimeId: string;
  readonly from: number;
  readonly to: number;
  readonly events: readonly string[];
  readonly commanded: boolean;
  /** Whether more than the number of the last event changed. */
  readonly changed: boolean;
  readonly state: SessionState;
  /** The state as text when it was rewritten. */
  readonly stateText: string | undefined;
}

export interface Plan {
  readonly writes: Writes;
  readonly outcomes: readonly Outcome[];
  readonly growth: ReadonlyMap<string, Growth>;
}

/** A session while the group is being decided; changed only when an entry is accepted whole. */
interface Working {
  record: SessionRecord;
  readonly isNew: boolean;
  readonly start: number;
  changed: boolean;
  stream: string | null;
  ordinal: number;
  readonly events: EventRow[];
  readonly commands: CommandRow[];
  readonly ended: { id: string; sessionId: string; state: "withdrawn" | "expired" }[];
  readonly posted: Map<string, Posted>;
}

interface Folded {
  readonly state: SessionState;
  readonly changed: boolean;
  readonly rows: readonly EventRow[];
}

/** Plans a group in order; each entry sees what the ones before it did. `parseState` turns a row's state text into a state. */
export function planGroup(
  entries: readonly Draft[],
  facts: Facts,
  context: { readonly now: number; readonly parseState: (sessionId: string, text: string) => SessionState },
): Plan {
  const sessions = new Map<string, Working>();
  const outcomes = entries.map((entry): Outcome => {
    try {
      const working = entry.kind === "create" ? newSession(entry, sessions, facts, context.now) : find(entry.sessionId);
      if (entry.kind === "append") return append(entry, working, facts, context.now);
      if (entry.kind === "ingest") return ingest(entry.batch, working, context.now);
      const outcome = create(entry.drafts, working, context.now);
      sessions.set(entry.sessionId, working);
      return outcome;
    } catch (error) {
      return { error };
    }
  });
  return { outcomes, ...collect(sessions, context.now) };

  function find(id: string): Working {
    const known = sessions.get(id);
    if (known !== undefined) return known;
    const row = facts.sessions.get(id);
    if (row === undefined) throw new AppError("NOT_FOUND", "no such session");
    const state = { ...context.parseState(id, row.state), seq: row.lastSeq };
    const working: Working = {
      record: {
        id,
        user_id: row.userId,
        endpoint_id: row.endpointId,
        local_endpoint_id: row.localEndpointId,
        runtime_id: row.runtimeId,
        profile: row.profile,
        state,
        created_at: row.createdAt,
        updated_at: row.updatedAt,
      },
      isNew: false,
      start: row.lastSeq,
      changed: false,
      stream: row.ingestStream,
      ordinal: row.ingestOrdinal,
      events: [],
      commands: [],
      ended: [],
      posted: new Map(),
    };
    sessions.set(id, working);
    return working;
  }
}

function newSession(entry: Extract<Draft, { kind: "create" }>, known: ReadonlyMap<string, Working>, facts: Facts, now: number): Working {
  if (known.has(entry.sessionId) || facts.sessions.has(entry.sessionId)) throw new AppError("CONFLICT", "a session with this id exists");
  return {
    record: { ...entry.session, state: INITIAL_SESSION_STATE, created_at: now, updated_at: now },
    isNew: true,
    start: 0,
    changed: true,
    stream: null,
    ordinal: 0,
    events: [],
    commands: [],
    ended: [],
    posted: new Map(),
  };
}

function create(drafts: readonly EventDraft[], working: Working, now: number): Outcome {
  const folded = fold(working, drafts, now);
  accept(working, folded, now);
  return succeed(working, { value: undefined, count: drafts.length, ending: [] });
}

function append(entry: Extract<Draft, { kind: "append" }>, working: Working, facts: Facts, now: number): Outcome {
  const posted = entry.messageId === undefined ? undefined : findPosted(working, entry.messageId, facts);
  const undelivered = entry.withUndelivered ? undeliveredOf(working, facts) : [];
  const decision = entry.decide({ session: working.record, now, posted, undelivered });
  const folded = fold(working, decision.drafts, now);
  const commands = (decision.commands ?? []).map((command: NewCommand) => commandRow(working.record, command, now));
  accept(working, folded, now);
  working.commands.push(...commands);
  const sessionId = working.record.id;
  for (const id of decision.withdraw ?? []) working.ended.push({ id, sessionId, state: "withdrawn" });
  for (const id of decision.expire ?? []) working.ended.push({ id, sessionId, state: "expired" });
  const ending = [...(decision.withdraw ?? []), ...(decision.expire ?? [])];
  return succeed(working, { value: decision.value, count: decision.drafts.length, ending });
}

function ingest(batch: IngestBatch, working: Working, now: number): Outcome {
  if (working.record.runtime_id !== batch.runtime_id) throw new AppError("FORBIDDEN", "the session belongs to another runtime");
  const last = working.stream === batch.stream ? working.ordinal : 0;
  if (batch.from > last + 1) {
    throw new AppError("CONFLICT", `event ${last + 1} of stream ${batch.stream} was expected, not ${batch.from}`);
  }
  const fresh = batch.events.slice(last + 1 - batch.from);
  if (fresh.length > 0) {
    accept(working, fold(working, fresh, now), now);
    working.stream = batch.stream;
    working.ordinal = last + fresh.length;
  }
  return succeed(working, { value: undefined, count: fresh.length, ending: [] }, last + fresh.length);
}

function findPosted(working: Working, messageId: string, facts: Facts): Posted | undefined {
  return working.posted.get(messageId) ?? facts.posted.get(postedKey(working.record.id, messageId));
}

/** What the database said, with what earlier entries of this group stored and withdrew. */
function undeliveredOf(working: Working, facts: Facts): readonly Undelivered[] {
  const stored = facts.undelivered.get(working.record.id) ?? [];
  const added = working.commands.map(({ id, kind, turnId }) => ({ id, kind, turn_id: turnId }));
  const gone = new Set(working.ended.map(({ id }) => id));
  return [...stored, ...added].filter(({ id }) => !gone.has(id));
}

function fold(working: Working, drafts: readonly EventDraft[], now: number): Folded {
  const sessionId = working.record.id;
  let state = working.record.state;
  let seq = state.seq;
  let changed = false;
  const rows: EventRow[] = [];
  for (const draft of drafts) {
    seq += 1;
    rows.push(eventRow(draft, { sessionId, seq, at: now }));
    if (!changesState(draft.type)) continue;
    const event: SessionEvent = { ...draft, session_id: sessionId, seq, at: now };
    state = reduceSession(state, event);
    changed = true;
  }
  return { state: state.seq === seq ? state : { ...state, seq }, changed, rows };
}

function accept(working: Working, folded: Folded, now: number): void {
  if (folded.rows.length === 0) return;
  working.record = { ...working.record, state: folded.state, updated_at: now };
  working.changed ||= folded.changed;
  for (const row of folded.rows) {
    working.events.push(row);
    if (row.postedId !== null) working.posted.set(row.postedId, { seq: row.seq, turn_id: row.turnId ?? "" });
  }
}

function succeed(working: Working, result: { value: unknown; count: number; ending: readonly string[] }, ordinal = 0): Outcome {
  const to = working.record.state.seq;
  return { value: result.value, from: to - result.count + 1, to, record: working.record, ordinal, ending: result.ending };
}

function projectionOf(state: SessionState): Projection {
  const title = storable(state.title);
  return {
    title,
    titleLower: title.toLowerCase(),
    state: JSON.stringify(state),
    activity: activityOf(state),
    closedReason: state.closed === false ? null : state.closed,
    queued: state.queue.length,
  };
}

function collect(sessions: ReadonlyMap<string, Working>, now: number): Pick<Plan, "writes" | "growth"> {
  const created: NewSessionRow[] = [];
  const updated: SessionUpdate[] = [];
  const growth = new Map<string, Growth>();
  const all = [...sessions.values()];
  for (const working of all) {
    const { id, user_id: userId, endpoint_id: endpointId, runtime_id: runtimeId, state } = working.record;
    const projection = working.changed ? projectionOf(state) : undefined;
    if (working.isNew) {
      created.push({ id, userId, endpointId, runtimeId, lastSeq: state.seq, createdAt: now, ...projectionOf(state) });
    } else if (working.events.length > 0) {
      const { stream: ingestStream, ordinal: ingestOrdinal } = working;
      updated.push({ id, lastSeq: state.seq, ingestStream, ingestOrdinal, updatedAt: now, projection });
    }
    growth.set(id, {
      userId,
      runtimeId,
      from: working.start + 1,
      to: state.seq,
      events: working.events.map(({ data }) => data),
      commanded: working.commands.length > 0,
      changed: working.changed,
      state,
      stateText: projection?.state,
    });
  }
  const writes: Writes = {
    created,
    events: all.flatMap((working) => working.events),
    updated,
    commands: all.flatMap((working) => working.commands),
    ended: all.flatMap((working) => working.ended),
  };
  return { writes, growth };
}
