/** Decides what a group of log entries writes, purely: facts and entries in, rows and one outcome per entry out. */
import {
  AppError,
  changesState,
  type EventDraft,
  INITIAL_SESSION_STATE,
  reduceSession,
  type SessionEvent,
  type SessionState,
} from "@fairlead/protocol";
import { type ApprovalStep, noteApproval } from "./approval-rows.ts";
import type { Decision, DecisionInput, IngestBatch, NewCommand, SessionRecord } from "./contract.ts";
import { type EventRow, type Facts, type Posted, postedKey, type Undelivered, type Writes } from "./log-engine.ts";
import { commandRow, eventRow } from "./log-rows.ts";
import { collect, type Growth, startWorking, type Working } from "./log-working.ts";

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
      readonly commands: readonly NewCommand[];
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

export interface Plan {
  readonly writes: Writes;
  readonly outcomes: readonly Outcome[];
  readonly growth: ReadonlyMap<string, Growth>;
}

/** How far (ms) the time of a session's last change may lag behind events that change nothing in its state. */
const TOUCHED_AFTER_MS = 1_000;

interface Folded {
  readonly state: SessionState;
  readonly changed: boolean;
  readonly rows: readonly EventRow[];
  readonly steps: readonly ApprovalStep[];
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
      const outcome = create(entry, working, context.now);
      sessions.set(entry.sessionId, working);
      return outcome;
    } catch (error) {
      return { error };
    }
  });
  return { outcomes, ...collect([...sessions.values()], context.now) };

  function find(id: string): Working {
    const known = sessions.get(id);
    if (known !== undefined) return known;
    const row = facts.sessions.get(id);
    if (row === undefined) throw new AppError("NOT_FOUND", "no such session");
    const state = { ...context.parseState(id, row.state), seq: row.lastSeq };
    const record: SessionRecord = {
      id,
      user_id: row.userId,
      endpoint_id: row.endpointId,
      local_endpoint_id: row.localEndpointId,
      runtime_id: row.runtimeId,
      profile: row.profile,
      state,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
    };
    const working = startWorking(record, { isNew: false, stream: row.ingestStream, ordinal: row.ingestOrdinal });
    sessions.set(id, working);
    return working;
  }
}

function newSession(entry: Extract<Draft, { kind: "create" }>, known: ReadonlyMap<string, Working>, facts: Facts, now: number): Working {
  if (known.has(entry.sessionId) || facts.sessions.has(entry.sessionId)) throw new AppError("CONFLICT", "a session with this id exists");
  const record: SessionRecord = { ...entry.session, state: INITIAL_SESSION_STATE, created_at: now, updated_at: now };
  return startWorking(record, { isNew: true, stream: null, ordinal: 0 });
}

function create({ drafts, commands }: Extract<Draft, { kind: "create" }>, working: Working, now: number): Outcome {
  const folded = fold(working, drafts, now);
  const rows = commands.map((command) => commandRow(working.record, command, now));
  accept(working, folded, now);
  working.commands.push(...rows);
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
    accept(working, fold(working, fresh, now), now, batch.approvals_expire_in);
    working.stream = batch.stream;
    working.ordinal = last + fresh.length;
    const { drafts = [], commands = [] } = batch.react?.({ session: working.record, fresh }) ?? {};
    accept(working, fold(working, drafts, now), now);
    for (const command of commands) working.commands.push(commandRow(working.record, command, now));
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
  const steps: ApprovalStep[] = [];
  for (const draft of drafts) {
    seq += 1;
    const row = eventRow(draft, { sessionId, seq, at: now });
    rows.push(row);
    const aboutApproval = "approval_id" in draft;
    if (!changesState(draft.type) && !aboutApproval) continue;
    const event: SessionEvent = { ...draft, session_id: sessionId, seq, at: now };
    const before = state;
    state = reduceSession(state, event);
    if (aboutApproval || before.approvals.length > 0) steps.push({ event, text: row.data, before, after: state });
    changed ||= changesState(draft.type);
  }
  return { state: state.seq === seq ? state : { ...state, seq }, changed, rows, steps };
}

function accept(working: Working, folded: Folded, now: number, expiresIn?: number): void {
  if (folded.rows.length === 0) return;
  for (const step of folded.steps) noteApproval(working.approvals, step, { record: working.record, expiresIn });
  working.record = { ...working.record, state: folded.state };
  touch(working, folded.changed, now);
  working.changed ||= folded.changed;
  for (const row of folded.rows) {
    working.events.push(row);
    if (row.postedId !== null) working.posted.set(row.postedId, { seq: row.seq, turn_id: row.turnId ?? "" });
  }
}

/** A session's time stands in two indexes: what only adds to an answer moves it now and then. */
function touch(working: Working, changed: boolean, now: number): void {
  if (!changed && now - working.record.updated_at < TOUCHED_AFTER_MS) return;
  working.record = { ...working.record, updated_at: now };
  working.touched = true;
}

function succeed(working: Working, result: { value: unknown; count: number; ending: readonly string[] }, ordinal = 0): Outcome {
  const to = working.record.state.seq;
  return { value: result.value, from: to - result.count + 1, to, record: working.record, ordinal, ending: result.ending };
}
