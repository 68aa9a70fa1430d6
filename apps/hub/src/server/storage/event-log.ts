/** The event log: decides, numbers, stores and announces events, whatever the database. */
import { AppError } from "@fairlead/protocol";
import type { Bus } from "../bus/bus.ts";
import type { Appended, EventLog, SessionRecord, StoredPage } from "./contract.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { LogEngine, Needs, SessionRow } from "./log-engine.ts";
import { type Draft, type Outcome, type Plan, planGroup } from "./log-plan.ts";
import type { Growth } from "./log-working.ts";
import { createStateCache, type StateCache } from "./state-cache.ts";

/** Events of one transaction (about 30 ms of work on SQLite), and entries that may wait for one. */
const MAX_GROUP_EVENTS = 1_000;
const MAX_WAITING = 10_000;
/** Parsed states kept in memory. */
const CACHED_STATES = 2_000;
/** Bytes of a page whose reader named no bound. */
const DEFAULT_PAGE_BYTES = 4 * 1024 * 1024;

type Success = Exclude<Outcome, { error: unknown }>;

interface Entry {
  readonly draft: Draft;
  resolve(outcome: Success, ended: ReadonlySet<string>): void;
  reject(error: unknown): void;
}

export interface EventLogOptions {
  readonly engine: LogEngine;
  readonly bus: Bus;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes the log; `close` waits for what is being written. */
export function createEventLog(options: EventLogOptions): EventLog & { close(): Promise<void> } {
  const { engine, bus } = options;
  const cache = createStateCache(CACHED_STATES);
  const group = createGroupCommit<Entry>({
    commit: (entries) => commit(entries, { ...options, cache }),
    weigh: ({ draft }) => (draft.kind === "ingest" ? draft.batch.events.length : 1),
    maxWeight: MAX_GROUP_EVENTS,
    maxWaiting: MAX_WAITING,
  });

  function enqueue<T>(draft: Draft, read: (outcome: Success, ended: ReadonlySet<string>) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      group.add({ draft, reject, resolve: (outcome, ended) => resolve(read(outcome, ended)) });
    });
  }

  return {
    append: (sessionId, decide, { message_id: messageId, with_undelivered: withUndelivered = false } = {}) =>
      enqueue({ kind: "append", sessionId, decide, messageId, withUndelivered }, appendedOf) as Promise<Appended<never>>,
    ingest: (batch) => enqueue({ kind: "ingest", sessionId: batch.session_id, batch }, ({ ordinal }) => ({ ordinal })),
    create: (session, drafts, commands = []) =>
      enqueue({ kind: "create", sessionId: session.id, session, drafts, commands }, ({ record }) => record),
    async session(sessionId) {
      const row = await engine.session(sessionId);
      return row === undefined ? undefined : recordOf(row, cache);
    },
    async read(sessionId, { after_seq: seq, limit, max_bytes: maxBytes = DEFAULT_PAGE_BYTES }) {
      const { head, events } = await engine.after({ sessionId, seq, limit, maxBytes });
      return { from: seq + 1, to: seq + events.length, head, events };
    },
    async readBefore(sessionId, { before_seq: seq, limit }) {
      const { head, events } = await engine.before({ sessionId, seq, limit, maxBytes: DEFAULT_PAGE_BYTES });
      return pageBefore(Math.min(seq - 1, head), head, events);
    },
    heads: (ids) => engine.heads(ids),
    positions: (runtimeId, ids) => engine.positions(runtimeId, ids),
    async purge({ before, limit, include_suspended: includeSuspended = false }) {
      const gone = await engine.purge(before, limit, includeSuspended);
      for (const { id, user_id } of gone) bus.publish(`user.${user_id}`, { topic: "sessions", id });
      return gone;
    },
    close: () => group.close(),
  };
}

function pageBefore(to: number, head: number, events: readonly string[]): StoredPage {
  return { from: to - events.length + 1, to, head, events };
}

function appendedOf({ value, from, to, record, ending }: Success, ended: ReadonlySet<string>): Appended<unknown> {
  return { value, from, to, state: record.state, withdrawn: ending.filter((id) => ended.has(id)).length };
}

function recordOf(row: SessionRow, cache: StateCache): SessionRecord {
  return {
    id: row.id,
    user_id: row.userId,
    endpoint_id: row.endpointId,
    local_endpoint_id: row.localEndpointId,
    runtime_id: row.runtimeId,
    profile: row.profile,
    state: { ...cache.parse(row.id, row.state), seq: row.lastSeq },
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}

function needsOf(entries: readonly Entry[]): Needs {
  const drafts = entries.map(({ draft }) => draft);
  const appends = drafts.filter((draft) => draft.kind === "append");
  return {
    sessions: [...new Set(drafts.map(({ sessionId }) => sessionId))],
    posted: appends.flatMap(({ sessionId, messageId }) => (messageId === undefined ? [] : [{ sessionId, messageId }])),
    undelivered: [...new Set(appends.filter((draft) => draft.withUndelivered).map(({ sessionId }) => sessionId))],
  };
}

/** Writes a group. If one entry's rows are refused, each entry is tried alone, so that only that one fails. */
async function commit(entries: readonly Entry[], context: EventLogOptions & { readonly cache: StateCache }): Promise<void> {
  const drafts = entries.map(({ draft }) => draft);
  const plans: Plan[] = [];
  let ended: ReadonlySet<string>;
  try {
    ended = await context.engine.transact(needsOf(entries), (facts) => {
      const plan = planGroup(drafts, facts, { now: context.now(), parseState: context.cache.parse });
      plans.push(plan);
      return plan.writes;
    });
  } catch (error) {
    const fault = context.engine.faultOf(error);
    if (entries.length > 1 && fault !== "database") for (const entry of entries) await commit([entry], context);
    else for (const entry of entries) entry.reject(explain(error, fault));
    return;
  }
  for (const plan of plans) {
    announce(plan.growth, context);
    settle(entries, plan.outcomes, ended);
  }
}

function explain(cause: unknown, fault: ReturnType<LogEngine["faultOf"]>): unknown {
  if (cause instanceof AppError) return cause;
  if (fault === "conflict") return new AppError("CONFLICT", "this id is taken", { cause });
  if (fault === "missing") return new AppError("NOT_FOUND", "what this belongs to does not exist", { cause });
  if (fault === "database") return new AppError("UNAVAILABLE", "the database did not take the write; try again", { cause, retryAfter: 1 });
  return cause;
}

function announce(growth: ReadonlyMap<string, Growth>, { bus, cache }: { readonly bus: Bus; readonly cache: StateCache }): void {
  // First what makes a runtime begin to work; people read about it while it does.
  const commanded = [...growth.values()].filter((grown) => grown.commanded).map(({ runtimeId }) => runtimeId);
  for (const runtimeId of new Set(commanded)) bus.publish(`runtime.${runtimeId}`, null);
  for (const [id, grown] of growth) {
    if (grown.stateText !== undefined) cache.remember(id, grown.stateText, grown.state);
    if (grown.events.length > 0) {
      bus.publish(`session.${id}`, { session_id: id, from: grown.from, to: grown.to, events: grown.events });
      if (grown.changed) bus.publish(`user.${grown.userId}`, { topic: "sessions", id });
      if (grown.changed && grown.state.terminal !== null) bus.publish("terminals", { session_id: id });
      if (!grown.asked) continue;
      bus.publish(`user.${grown.userId}`, { topic: "approvals", id });
      bus.publish("approvals", { session_id: id });
    }
  }
}

function settle(entries: readonly Entry[], outcomes: readonly Outcome[], ended: ReadonlySet<string>): void {
  for (const [index, entry] of entries.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) entry.reject(new AppError("INTERNAL", "the entry was not decided"));
    else if ("error" in outcome) entry.reject(outcome.error);
    else entry.resolve(outcome, ended);
  }
}
