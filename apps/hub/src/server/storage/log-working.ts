/** A session while its group is being decided, and the rows and news it leaves behind. */
import { activityOf, type SessionState } from "@fairlead/protocol";
import { type ApprovalBook, createApprovalBook, isNews } from "./approval-rows.ts";
import type { SessionRecord } from "./contract.ts";
import type { CommandRow, EventRow, NewSessionRow, Posted, Projection, SessionUpdate, Writes } from "./log-engine.ts";
import { storable } from "./log-rows.ts";

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
  /** Whether a question was opened that still is, or something became of an older one. */
  readonly asked: boolean;
  readonly state: SessionState;
  /** The state as text when it was rewritten. */
  readonly stateText: string | undefined;
}

/** A session while the group is being decided; changed only when an entry is accepted whole. */
export interface Working {
  record: SessionRecord;
  readonly isNew: boolean;
  readonly start: number;
  changed: boolean;
  /** Whether the time of its last change is another now. */
  touched: boolean;
  stream: string | null;
  ordinal: number;
  readonly events: EventRow[];
  readonly commands: CommandRow[];
  readonly approvals: ApprovalBook;
  readonly ended: { id: string; sessionId: string; state: "withdrawn" | "expired" }[];
  readonly posted: Map<string, Posted>;
}

/** The session as it was before the group. */
export function startWorking(
  record: SessionRecord,
  place: { readonly isNew: boolean; readonly stream: string | null; readonly ordinal: number },
): Working {
  return {
    ...place,
    record,
    start: record.state.seq,
    changed: place.isNew,
    touched: place.isNew,
    events: [],
    commands: [],
    approvals: createApprovalBook(),
    ended: [],
    posted: new Map(),
  };
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

/** The rows of a decided group. `now`: milliseconds since the epoch. */
export function collect(all: readonly Working[], now: number): { readonly writes: Writes; readonly growth: ReadonlyMap<string, Growth> } {
  const created: NewSessionRow[] = [];
  const updated: SessionUpdate[] = [];
  const growth = new Map<string, Growth>();
  for (const working of all) {
    const { id, user_id: userId, endpoint_id: endpointId, runtime_id: runtimeId, state } = working.record;
    const projection = working.changed ? projectionOf(state) : undefined;
    if (working.isNew) {
      const kind = state.terminal === null ? "chat" : "terminal";
      created.push({ id, userId, endpointId, runtimeId, kind, lastSeq: state.seq, createdAt: now, ...projectionOf(state) });
    } else if (working.events.length > 0) {
      const { stream: ingestStream, ordinal: ingestOrdinal } = working;
      const updatedAt = working.touched ? working.record.updated_at : undefined;
      updated.push({ id, lastSeq: state.seq, ingestStream, ingestOrdinal, updatedAt, projection });
    }
    growth.set(id, {
      userId,
      runtimeId,
      from: working.start + 1,
      to: state.seq,
      events: working.events.map(({ data }) => data),
      commanded: working.commands.length > 0,
      changed: working.changed,
      asked: isNews(working.approvals),
      state,
      stateText: projection?.state,
    });
  }
  const writes: Writes = {
    created,
    events: all.flatMap((working) => working.events),
    updated,
    commands: all.flatMap((working) => working.commands),
    opened: all.flatMap((working) => [...working.approvals.opened.values()]),
    changed: all.flatMap((working) => [...working.approvals.changed.values()]),
    ended: all.flatMap((working) => working.ended),
  };
  return { writes, growth };
}
