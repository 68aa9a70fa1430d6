/** Folds a session's events into a timeline: pure, incremental, and sharing every block that did not change. */
import { INITIAL_SESSION_STATE, reduceSession, type SessionEvent, type SessionState } from "@fairlead/protocol";
import { type ApprovalEvent, approvalKey, changeApproval, openApproval } from "./approval-block.ts";
import { BlockList } from "./block-list.ts";
import type { ApprovalBlock, Block, Delivery, ToolBlock, TurnBlock, UserBlock } from "./blocks.ts";
import { foldFile } from "./file-blocks.ts";
import { addDelta, addPosted, callOffWaiting, foldPlan, settleMessage } from "./message-blocks.ts";
import { reuseBlocks } from "./reuse-blocks.ts";
import { foldCall, interruptCalls } from "./tool-blocks.ts";
import { base, type Draft, type EventOf, find, findCall, type Place, placesOf, push, type RequestedValue, turnKey } from "./view-draft.ts";

/** A part of a session's log as people read it. */
export interface SessionView {
  /** The numbers folded in: `first`..`last`; empty: `last` = `first` - 1. */
  readonly first: number;
  readonly last: number;
  /** The hub's clock at event `last` (ms since the epoch); 0: empty. */
  readonly last_at: number;
  /** What happened, in the order it happened. */
  readonly blocks: BlockList;
  /** Messages whose turn has not begun, oldest first; a message enters `blocks` when its turn begins or is called off. */
  readonly waiting: readonly UserBlock[];
  /** Values asked for by option id that the agent has not confirmed. */
  readonly requested: ReadonlyMap<string, RequestedValue>;
  /** What the session is doing now. Exact if the view began at 1 or was given the state it began with. */
  readonly state: SessionState;
  readonly [internals]: Internals;
}

const internals = Symbol("internals");

interface Internals {
  /** Append-only and shared by all views that grew from each other; only the newest of them may add. */
  readonly shared: { newest: number; readonly events: SessionEvent[]; readonly places: Map<string, Place> };
  readonly version: number;
  /** Whether `state` is the truth although the view may begin in the middle. */
  readonly exact: boolean;
  readonly open: Draft["open"];
  readonly calls: Draft["calls"];
  readonly coming: Draft["coming"];
  readonly spent: Draft["spent"];
}

const NOTHING_REQUESTED: SessionView["requested"] = new Map();

/**
 * An empty view that will begin with event `afterSeq` + 1. `known` is the session's state at `afterSeq` or later, where it
 * is known; without it `state` tells only what the folded events say.
 */
export function emptyView(afterSeq = 0, known?: SessionState): SessionView {
  return {
    first: afterSeq + 1,
    last: afterSeq,
    last_at: 0,
    blocks: BlockList.EMPTY,
    waiting: [],
    requested: NOTHING_REQUESTED,
    state: known ?? { ...INITIAL_SESSION_STATE, seq: afterSeq },
    [internals]: {
      shared: { newest: 0, events: [], places: new Map() },
      version: 0,
      exact: afterSeq === 0 || known !== undefined,
      open: [],
      calls: [],
      coming: [],
      spent: null,
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
  const { exact, open, calls, coming, spent } = view[internals];
  const draft: Draft = { ...view, open, calls, coming, spent, places: own.places };
  for (const event of fresh) {
    if (event.seq !== draft.last + 1) throw new RangeError(`event ${draft.last + 1} is missing before ${event.seq}`);
    draft.state = reduceSession(draft.state, event);
    draft.last = event.seq;
    draft.last_at = event.at;
    addBlocks(draft, event);
    own.events.push(event);
  }
  own.newest += 1;
  const { first, last, last_at, blocks, waiting, requested, state } = draft;
  const { open: asks, calls: running, coming: files, spent: used } = draft;
  const kept: Internals = { shared: own, version: own.newest, exact, open: asks, calls: running, coming: files, spent: used };
  return { first, last, last_at, blocks, waiting, requested, state, [internals]: kept };
}

/** Puts an older page in front; blocks it does not touch keep their identity. Throws RangeError if the page does not fit. */
export function prependEvents(view: SessionView, events: readonly SessionEvent[]): SessionView {
  const older = events.filter((event) => event.seq < view.first);
  if (older.length === 0) return view;
  if (older.at(-1)?.seq !== view.first - 1) throw new RangeError(`the page must end with event ${view.first - 1}`);
  const begin = (older[0]?.seq ?? 1) - 1;
  const known = view[internals].exact ? view.state : undefined;
  const whole = foldEvents(foldEvents(emptyView(begin, known), older), eventsOf(view));
  return { ...whole, blocks: reuseBlocks(whole.blocks, view.blocks) };
}

/** Forgets all but the newest `keep` events, so that a session open for days stays bounded; `prependEvents` brings them back. */
export function trimView(view: SessionView, keep: number): SessionView {
  const events = eventsOf(view);
  if (events.length <= keep) return view;
  const kept = events.slice(events.length - keep);
  const begin = (kept[0]?.seq ?? 1) - 1;
  const trimmed = foldEvents(emptyView(begin, view.state), kept);
  return { ...trimmed, blocks: reuseBlocks(trimmed.blocks, view.blocks) };
}

/** The newest call that runs now; undefined: none does. */
export function currentCall(view: SessionView): ToolBlock | undefined {
  const id = view[internals].calls.at(-1);
  return id === undefined ? undefined : findCall(placed(view), id);
}

/** The message that began this turn, once the turn has begun. */
export function messageOf(view: SessionView, turnId: string): UserBlock | undefined {
  const block = find(placed(view), turnKey(turnId))?.block;
  return block?.type === "user" && block.turn_id === turnId ? block : undefined;
}

function placed(view: SessionView): Pick<Draft, "blocks" | "places"> {
  return { blocks: view.blocks, places: view[internals].shared.places };
}

/** The events a view was folded from, oldest first. */
export function eventsOf(view: SessionView): readonly SessionEvent[] {
  return view[internals].shared.events.slice(0, view.last - view.first + 1);
}

/** The shared parts if this is the newest view, else copies: an older view may grow in another direction unharmed. */
function takeOver(view: SessionView): Internals["shared"] {
  const { shared, version } = view[internals];
  if (shared.newest === version) return shared;
  return { newest: version, events: [...eventsOf(view)], places: placesOf(view.blocks) };
}

function addBlocks(draft: Draft, event: SessionEvent): void {
  switch (event.type) {
    case "message.delta":
      addDelta(draft, event);
      break;
    case "message.posted":
      addPosted(draft, event);
      break;
    case "tool.started":
    case "tool.updated":
    case "tool.delta":
      foldCall(draft, event);
      break;
    case "plan.updated":
      foldPlan(draft, event);
      break;
    case "usage.updated":
      draft.spent = { turn_id: event.turn_id, usage: event.usage };
      break;
    case "turn.started":
      settleMessage(draft, event, "running");
      break;
    case "turn.steered":
      settleMessage(draft, event, "steered");
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
    case "file.produced":
    case "file.stored":
    case "file.dropped":
      foldFile(draft, event);
      break;
    case "config.updated":
      draft.requested = NOTHING_REQUESTED;
      break;
    case "session.configured": {
      const { option_id, value_id, by, at } = event;
      draft.requested = new Map(draft.requested).set(option_id, { value_id, by: by.name, at });
      push(draft, { ...base(event, `system:${event.seq}`), type: "system", event });
      break;
    }
    case "session.identified":
    case "session.located":
    case "commands.updated":
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

function endTurn(draft: Draft, event: EventOf<"turn.completed" | "turn.failed">): void {
  settleMessage(draft, event, deliveryOf(event));
  withdrawOpen(draft, event, (block) => block.turn_id === event.turn_id);
  interruptCalls(draft, event, (block) => block.turn_id === event.turn_id);
  const block: TurnBlock = {
    ...base(event, `turn:${event.turn_id ?? event.seq}`),
    type: "turn",
    stop_reason: event.type === "turn.completed" ? event.stop_reason : null,
    exit_code: (event.type === "turn.completed" ? event.exit_code : event.error.exit_code) ?? null,
    error: event.type === "turn.failed" ? event.error : null,
    duration_ms: event.duration_ms ?? null,
    usage: draft.spent !== null && draft.spent.turn_id === event.turn_id ? draft.spent.usage : null,
  };
  draft.spent = null;
  push(draft, block);
}

function deliveryOf(event: EventOf<"turn.completed" | "turn.failed">): Delivery {
  if (event.type === "turn.completed") return event.stop_reason === "cancelled" ? "cancelled" : "done";
  return event.error.kind === "expired" ? "expired" : "failed";
}

/** A closed session runs nothing more: what waits is called off, what is asked is withdrawn, what runs is left behind. */
function callOff(draft: Draft, event: SessionEvent): void {
  callOffWaiting(draft, event);
  withdrawOpen(draft, event, () => true);
  interruptCalls(draft, event, () => true);
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
