/** A view while events are folded into it, and how blocks find their places, come in and change. */
import type { SessionEvent, SessionState, Usage } from "@fairlead/protocol";
import type { BlockList } from "./block-list.ts";
import type { Block, ToolBlock, UserBlock } from "./blocks.ts";

/** Where a block stands: in the timeline (`owner` null) or among the children of a tool call. */
export interface Place {
  readonly owner: string | null;
  readonly position: number;
}

/** Some value of an option that was asked for, and by whom. */
export interface RequestedValue {
  readonly value_id: string;
  readonly by: string;
  readonly at: number;
}

/** A mutable view while a batch is folded. */
export interface Draft {
  first: number;
  last: number;
  last_at: number;
  blocks: BlockList;
  waiting: readonly UserBlock[];
  state: SessionState;
  requested: ReadonlyMap<string, RequestedValue>;
  /** Blocks of approvals that still wait for an answer. */
  open: readonly string[];
  /** Blocks of tool calls that have not come to their end, oldest first. */
  calls: readonly string[];
  /** Blocks of files whose bytes are on their way. */
  coming: readonly string[];
  /** What the running turn used so far. */
  spent: { readonly turn_id: string | undefined; readonly usage: Usage } | null;
  readonly places: Map<string, Place>;
}

/** An event of the named types as it stands in the log. */
export type EventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** What every block has from the event that begins it. */
export function base(event: SessionEvent, id: string) {
  return { id, seq: event.seq, last_seq: event.seq, at: event.at, turn_id: event.turn_id ?? null };
}

export function find(draft: Pick<Draft, "blocks" | "places">, id: string): { position: number; block: Block } | undefined {
  const place = draft.places.get(id);
  if (place === undefined) return undefined;
  const siblings = place.owner === null ? draft.blocks : findCall(draft, place.owner)?.children;
  const block = siblings?.at(place.position);
  return block === undefined ? undefined : { position: place.position, block };
}

export function findCall(draft: Pick<Draft, "blocks" | "places">, id: string): ToolBlock | undefined {
  const block = find(draft, id)?.block;
  return block?.type === "tool" ? block : undefined;
}

/** Adds a block at the end of the timeline, or of what the tool call `owner` holds. */
export function push(draft: Draft, block: Block, owner: ToolBlock | null = null): void {
  const position = (owner?.children ?? draft.blocks).length;
  draft.places.set(block.id, { owner: owner?.id ?? null, position });
  if (owner === null) draft.blocks = draft.blocks.push(block);
  else replace(draft, { ...owner, last_seq: block.last_seq, children: owner.children.push(block) });
}

/** Puts a changed block where it stood; the calls around it change with it. */
export function replace(draft: Draft, block: Block): void {
  const place = draft.places.get(block.id);
  if (place === undefined) return;
  if (place.owner === null) {
    draft.blocks = draft.blocks.with(place.position, block);
    return;
  }
  const owner = findCall(draft, place.owner);
  if (owner === undefined) return;
  const last_seq = Math.max(owner.last_seq, block.last_seq);
  replace(draft, { ...owner, last_seq, children: owner.children.with(place.position, block) });
}

/** The places of all blocks, and of each turn's message under `turnKey`. */
export function placesOf(blocks: BlockList, owner: string | null = null, places = new Map<string, Place>()): Map<string, Place> {
  let position = 0;
  for (const block of blocks) {
    places.set(block.id, { owner, position });
    if (block.type === "user" && block.turn_id !== null) places.set(turnKey(block.turn_id), { owner, position });
    if (block.type === "tool") placesOf(block.children, block.id, places);
    position += 1;
  }
  return places;
}

export function turnKey(turnId: string | undefined): string {
  return `turn-of:${turnId ?? ""}`;
}
