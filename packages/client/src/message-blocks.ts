/** Folds what people and agents say: pieces into messages, and each person's message on its way to the agent. */

import type { SessionEvent } from "@fairlead/protocol";
import type { AgentBlock, Delivery, UserBlock } from "./blocks.ts";
import { ChunkedText } from "./chunked-text.ts";
import { ownerOf } from "./tool-blocks.ts";
import { base, type Draft, type EventOf, find, push, replace, turnKey } from "./view-draft.ts";

/** Pieces without an id belong to one message per turn and kind. */
function messageKey(event: EventOf<"message.delta">): string {
  return `agent:${event.message_id ?? `turn.${event.turn_id ?? ""}`}:${event.kind}`;
}

export function addDelta(draft: Draft, event: EventOf<"message.delta">): void {
  const id = messageKey(event);
  const known = find(draft, id)?.block;
  if (known?.type === "agent") {
    const grown: AgentBlock = { ...known, last_seq: event.seq, text: known.text.append(event.text), until: event.at };
    replace(draft, grown);
    return;
  }
  const block: AgentBlock = { ...base(event, id), type: "agent", kind: event.kind, text: ChunkedText.of(event.text), until: event.at };
  push(draft, block, ownerOf(draft, event.parent_tool_call_id));
}

export function addPosted(draft: Draft, event: EventOf<"message.posted">): void {
  const block: UserBlock = {
    ...base(event, `user:${event.message_id}`),
    type: "user",
    message_id: event.message_id,
    content: event.content,
    by: event.by,
    delivery: event.turn_id === undefined ? "done" : "waiting",
    expires_at: event.expires_at ?? null,
    attachments: event.attachments ?? [],
    steers: event.steers ?? null,
  };
  if (block.delivery === "waiting") draft.waiting = [...draft.waiting, block];
  else push(draft, block);
}

/** Moves a waiting message into the timeline, or updates the one that stands there. */
export function settleMessage(draft: Draft, event: SessionEvent, delivery: Delivery): void {
  const waiting = draft.waiting.find((block) => block.turn_id === event.turn_id);
  if (waiting !== undefined) {
    draft.waiting = draft.waiting.filter((block) => block !== waiting);
    draft.places.set(turnKey(event.turn_id), { owner: null, position: draft.blocks.length });
    push(draft, { ...waiting, last_seq: event.seq, delivery });
    return;
  }
  const known = event.turn_id === undefined ? undefined : find(draft, turnKey(event.turn_id))?.block;
  if (known?.type !== "user") return;
  replace(draft, { ...known, last_seq: event.seq, delivery });
}

/** A closed session runs nothing more: what waits is called off. */
export function callOffWaiting(draft: Draft, event: SessionEvent): void {
  for (const block of draft.waiting) push(draft, { ...block, last_seq: event.seq, delivery: "cancelled" });
  draft.waiting = [];
}

/** One plan per turn, told anew each time something in it changes. */
export function foldPlan(draft: Draft, event: EventOf<"plan.updated">): void {
  const id = `plan:${event.turn_id ?? "none"}`;
  const known = find(draft, id)?.block;
  if (known?.type === "plan") replace(draft, { ...known, last_seq: event.seq, entries: event.entries });
  else push(draft, { ...base(event, id), type: "plan", entries: event.entries });
}
