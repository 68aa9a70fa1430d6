/** Folds a session's events into a timeline: pure, incremental, and sharing every block that did not change. */
import { INITIAL_SESSION_STATE, type MessageKind, reduceSession, type SessionEvent, type SessionState } from "@fairlead/protocol";
import { type ApprovalEvent, approvalKey, changeApproval, openApproval } from "./approval-block.ts";
import { BlockList } from "./block-list.ts";
import type { AgentBlock, ApprovalBlock, Block, Delivery, TurnBlock, UserBlock } from "./blocks.ts";
import { ChunkedText } from "./chunked-text.ts";

/** A part of a session's log as people read it. */
export interface SessionView {
  /** The numbers folded in: `first`..`last`; empty: `last` = `first` - 1. */
  readonly first: number;
  readonly last: number;
  /** What happened, in the order it happened. */
  readonly blocks: BlockList;
  /** Messages whose turn has not begun, oldest first; a message enters `blocks` when its turn begins or is called off. */
  readonly waiting: readonly UserBlock[];
  /** What the session is doing now. Exact if the view began at 1 or was given the state it began with. */
  readonly state: SessionState;
  readonly [internals]: Internals;
}

const internals = Symbol("internals");

interface Internals {
  /** Append-only and shared by all views that grew from each other; only the newest of them may add. */
  readonly shared: { newest: number; readonly events: SessionEvent[]; readonly positions: Map<string, number> };
  readonly version: number;
  /** Whether `state` is the truth although the view may begin in the middle. */
  readonly exact: boolean;
  /** Blocks of approvals that still wait for an answer. */
  readonly open: readonly string[];
}

/** A mutable view while a batch is folded. */
interface Draft {
  first: number;
  last: number;
  blocks: BlockList;
  waiting: readonly UserBlock[];
  state: SessionState;
  open: readonly string[];
  readonly positions: Map<string, number>;
}

/**
 * An empty view that will begin with event `afterSeq` + 1. `known` is the session's state at `afterSeq` or later, where it
 * is known; without it `state` tells only what the folded events say.
 */
export function emptyView(afterSeq = 0, known?: SessionState): SessionView {
  return {
    first: afterSeq + 1,
    last: afterSeq,
    blocks: BlockList.EMPTY,
    waiting: [],
    state: known ?? { ...INITIAL_SESSION_STATE, seq: afterSeq },
    [internals]: {
      shared: { newest: 0, events: [], positions: new Map() },
      version: 0,
      exact: afterSeq === 0 || known !== undefined,
      open: [],
    },
  };
}

/**
 * Adds the events that follow. Events folded before are skipped. Throws RangeError if one is missing in between: whoever
 * feeds a view owes it every number (see `subscription.ts`).
 */
export function foldEvents(view: SessionView, events: readonly SessionEvent[]): SessionView {
  const fresh = events.filter((event) => event.seq > view.last);
  if (fresh.length === 0) return view;
  const own = takeOver(view);
  const { exact, open } = view[internals];
  const draft: Draft = { ...view, open, positions: own.positions };
  for (const event of fresh) {
    if (event.seq !== draft.last + 1) throw new RangeError(`event ${draft.last + 1} is missing before ${event.seq}`);
    draft.state = reduceSession(draft.state, event);
    draft.last = event.seq;
    addBlocks(draft, event);
    own.events.push(event);
  }
  own.newest += 1;
  const { first, last, blocks, waiting, state } = draft;
  return { first, last, blocks, waiting, state, [internals]: { shared: own, version: own.newest, exact, open: draft.open } };
}

/** Puts an older page in front; blocks it does not touch keep their identity. Throws RangeError if the page does not fit. */
export function prependEvents(view: SessionView, events: readonly SessionEvent[]): SessionView {
  const older = events.filter((event) => event.seq < view.first);
  if (older.length === 0) return view;
  if (older.at(-1)?.seq !== view.first - 1) throw new RangeError(`the page must end with event ${view.first - 1}`);
  const begin = (older[0]?.seq ?? 1) - 1;
  const known = view[internals].exact ? view.state : undefined;
  return reuseBlocks(foldEvents(foldEvents(emptyView(begin, known), older), eventsOf(view)), view);
}

/** Forgets all but the newest `keep` events, so that a session open for days stays bounded; `prependEvents` brings them back. */
export function trimView(view: SessionView, keep: number): SessionView {
  const events = eventsOf(view);
  if (events.length <= keep) return view;
  const kept = events.slice(events.length - keep);
  const begin = (kept[0]?.seq ?? 1) - 1;
  return reuseBlocks(foldEvents(emptyView(begin, view.state), kept), view);
}

/** The events a view was folded from, oldest first. */
export function eventsOf(view: SessionView): readonly SessionEvent[] {
  return view[internals].shared.events.slice(0, view.last - view.first + 1);
}

/** The shared parts if this is the newest view, else copies: an older view may grow in another direction unharmed. */
function takeOver(view: SessionView): Internals["shared"] {
  const { shared, version } = view[internals];
  if (shared.newest === version) return shared;
  const positions = new Map<string, number>();
  let position = 0;
  for (const block of view.blocks) {
    positions.set(block.id, position);
    if (block.type === "user" && block.turn_id !== null) positions.set(turnKey(block.turn_id), position);
    position += 1;
  }
  return { newest: version, events: [...eventsOf(view)], positions };
}

function reuseBlocks(next: SessionView, before: SessionView): SessionView {
  const known = new Map<string, Block>();
  for (const block of before.blocks) known.set(block.id, block);
  const blocks = next.blocks.toArray().map((block) => {
    const old = known.get(block.id);
    return old !== undefined && isSame(old, block) ? old : block;
  });
  return { ...next, blocks: BlockList.from(blocks) };
}

/** Blocks are made by the same events alone, so two with the same first and last one are equal (a user's also needs its delivery). */
function isSame(a: Block, b: Block): boolean {
  if (a.seq !== b.seq || a.last_seq !== b.last_seq) return false;
  return a.type !== "user" || b.type !== "user" || a.delivery === b.delivery;
}

function addBlocks(draft: Draft, event: SessionEvent): void {
  switch (event.type) {
    case "message.delta":
      addDelta(draft, event);
      break;
    case "message.posted":
      addPosted(draft, event);
      break;
    case "turn.started":
      settleMessage(draft, event, "running");
      break;
    case "turn.completed":
    case "turn.failed":
      endTurn(draft, event);
      break;
    case "approval.requested":
    case "approval.resolved":
    case "approval.withdrawn":
    case "approval.applied":
    case "approval.superseded":
      foldApproval(draft, event);
      break;
    case "notice":
      push(draft, {
        ...base(event, `notice:${event.seq}`),
        type: "notice",
        level: event.level,
        code: event.code ?? null,
        text: event.text,
      });
      break;
    case "file.produced": {
      const { name, path, mime_type, size } = event;
      push(draft, { ...base(event, `file:${event.seq}`), type: "file", name, path, mime_type, size });
      break;
    }
    case "session.identified":
    case "turn.stop_requested":
      break;
    case "session.closed":
      callOff(draft, event);
      push(draft, { ...base(event, `system:${event.seq}`), type: "system", event });
      break;
    default:
      // Also what a newer hub may log: a screen can say that something happened which it does not know.
      push(draft, { ...base(event, `system:${event.seq}`), type: "system", event });
  }
}

function base(event: SessionEvent, id: string) {
  return { id, seq: event.seq, last_seq: event.seq, at: event.at, turn_id: event.turn_id ?? null };
}

function push(draft: Draft, block: Block): void {
  draft.positions.set(block.id, draft.blocks.length);
  draft.blocks = draft.blocks.push(block);
}

function find(draft: Draft, id: string): { position: number; block: Block } | undefined {
  const position = draft.positions.get(id);
  const block = position === undefined ? undefined : draft.blocks.at(position);
  return position === undefined || block === undefined ? undefined : { position, block };
}

type EventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** Deltas without an id belong to one message per turn and kind. */
function messageKey(event: EventOf<"message.delta">, kind: MessageKind): string {
  return `agent:${event.message_id ?? `turn.${event.turn_id ?? ""}`}:${kind}`;
}

function addDelta(draft: Draft, event: EventOf<"message.delta">): void {
  const id = messageKey(event, event.kind);
  const known = find(draft, id);
  if (known?.block.type === "agent") {
    const grown: AgentBlock = { ...known.block, last_seq: event.seq, text: known.block.text.append(event.text) };
    draft.blocks = draft.blocks.with(known.position, grown);
  } else {
    push(draft, { ...base(event, id), type: "agent", kind: event.kind, text: ChunkedText.of(event.text) });
  }
}

function addPosted(draft: Draft, event: EventOf<"message.posted">): void {
  const block: UserBlock = {
    ...base(event, `user:${event.message_id}`),
    type: "user",
    message_id: event.message_id,
    content: event.content,
    by: event.by,
    delivery: event.turn_id === undefined ? "done" : "waiting",
    expires_at: event.expires_at ?? null,
  };
  if (block.delivery === "waiting") draft.waiting = [...draft.waiting, block];
  else push(draft, block);
}

/** Moves a waiting message into the timeline, or updates the one that stands there. */
function settleMessage(draft: Draft, event: SessionEvent, delivery: Delivery): void {
  const waiting = draft.waiting.find((block) => block.turn_id === event.turn_id);
  if (waiting !== undefined) {
    draft.waiting = draft.waiting.filter((block) => block !== waiting);
    const block: UserBlock = { ...waiting, last_seq: event.seq, delivery };
    draft.positions.set(turnKey(event.turn_id), draft.blocks.length);
    push(draft, block);
    return;
  }
  const known = event.turn_id === undefined ? undefined : find(draft, turnKey(event.turn_id));
  if (known?.block.type !== "user") return;
  draft.blocks = draft.blocks.with(known.position, { ...known.block, last_seq: event.seq, delivery });
}

function turnKey(turnId: string | undefined): string {
  return `turn-of:${turnId ?? ""}`;
}

function endTurn(draft: Draft, event: EventOf<"turn.completed" | "turn.failed">): void {
  settleMessage(draft, event, deliveryOf(event));
  withdrawOpen(draft, event, (block) => block.turn_id === event.turn_id);
  const block: TurnBlock = {
    ...base(event, `turn:${event.turn_id ?? event.seq}`),
    type: "turn",
    stop_reason: event.type === "turn.completed" ? event.stop_reason : null,
    exit_code: (event.type === "turn.completed" ? event.exit_code : event.error.exit_code) ?? null,
    error: event.type === "turn.failed" ? event.error : null,
    duration_ms: event.duration_ms ?? null,
  };
  push(draft, block);
}

function deliveryOf(event: EventOf<"turn.completed" | "turn.failed">): Delivery {
  if (event.type === "turn.completed") return event.stop_reason === "cancelled" ? "cancelled" : "done";
  return event.error.kind === "expired" ? "expired" : "failed";
}

/** A closed session runs nothing more: what waits is called off, what is asked is withdrawn. */
function callOff(draft: Draft, event: SessionEvent): void {
  for (const block of draft.waiting) push(draft, { ...block, last_seq: event.seq, delivery: "cancelled" });
  draft.waiting = [];
  withdrawOpen(draft, event, () => true);
}

function withdrawOpen(draft: Draft, event: SessionEvent, concerns: (block: ApprovalBlock) => boolean): void {
  for (const id of draft.open) {
    const known = find(draft, id);
    if (known?.block.type !== "approval" || !concerns(known.block)) continue;
    settleApproval(draft, known, { last_seq: event.seq, status: "withdrawn" });
  }
}

function settleApproval(draft: Draft, known: { position: number; block: Block }, change: Partial<ApprovalBlock>): void {
  if (known.block.type !== "approval") return;
  draft.open = draft.open.filter((id) => id !== known.block.id);
  draft.blocks = draft.blocks.with(known.position, { ...known.block, ...change });
}

function foldApproval(draft: Draft, event: ApprovalEvent): void {
  const known = find(draft, approvalKey(event.approval_id));
  if (event.type === "approval.requested") {
    if (known !== undefined) return;
    const block = openApproval(event);
    draft.open = [...draft.open, block.id];
    push(draft, block);
    return;
  }
  if (known?.block.type !== "approval") return;
  const changed = changeApproval(known.block, event);
  if (changed !== known.block) settleApproval(draft, known, changed);
}
