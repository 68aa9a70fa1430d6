/** Folds tool calls: their beginnings, changes, live output and ends, each within the call of the sub-agent that makes it. */
import type { SessionEvent } from "@fairlead/protocol";
import { BlockList } from "./block-list.ts";
import type { Block, CallStatus, ToolBlock } from "./blocks.ts";
import { ChunkedText } from "./chunked-text.ts";
import { base, type Draft, type EventOf, findCall, push, replace } from "./view-draft.ts";

/** Sub-agents within sub-agents shown one inside the other; deeper ones stand beside their parents. */
const DEEPEST = 4;

type ToolEvent = EventOf<"tool.started" | "tool.updated" | "tool.delta">;

function callKey(toolCallId: string): string {
  return `tool:${toolCallId}`;
}

/** The call that blocks of this sub-agent stand in; null: the timeline itself, also where that call is not in the view. */
export function ownerOf(draft: Draft, parentId: string | undefined): ToolBlock | null {
  if (parentId === undefined) return null;
  const chain: string[] = [];
  for (let id: string | null = callKey(parentId); id !== null; id = draft.places.get(id)?.owner ?? null) chain.unshift(id);
  const id = chain[Math.min(chain.length, DEEPEST) - 1];
  return id === undefined ? null : (findCall(draft, id) ?? null);
}

export function foldCall(draft: Draft, event: ToolEvent): void {
  const id = callKey(event.tool_call_id);
  const known = findCall(draft, id);
  const before = known ?? newCall(event, id);
  const after: ToolBlock = { ...withChange(before, event), last_seq: event.seq };
  if (known === undefined) push(draft, after, event.type === "tool.delta" ? null : ownerOf(draft, event.parent_tool_call_id));
  else replace(draft, after);
  const others = draft.calls.filter((call) => call !== id);
  if (isOver(after.status) === (others.length === draft.calls.length)) return;
  draft.calls = isOver(after.status) ? others : [...others, id];
}

/** A call that no event of the view began is known by what is told of it later. */
function newCall(event: ToolEvent, id: string): ToolBlock {
  return {
    ...base(event, id),
    type: "tool",
    tool_call_id: event.tool_call_id,
    tool: "",
    title: "",
    kind: "other",
    status: "in_progress",
    input: null,
    input_truncated: false,
    content: [],
    locations: [],
    output: ChunkedText.EMPTY,
    exit_code: null,
    ended_at: null,
    children: BlockList.EMPTY,
  };
}

function withChange(call: ToolBlock, event: ToolEvent): ToolBlock {
  if (event.type === "tool.delta") return { ...call, output: call.output.append(event.text) };
  const status = event.status ?? call.status;
  return {
    ...call,
    tool: event.type === "tool.started" ? event.tool : call.tool,
    title: event.title ?? call.title,
    kind: event.kind ?? call.kind,
    status,
    input: event.input ?? call.input,
    input_truncated: event.input_truncated ?? call.input_truncated,
    content: event.content ?? call.content,
    locations: event.locations ?? call.locations,
    exit_code: event.exit_code ?? call.exit_code,
    ended_at: isOver(status) ? (status === call.status ? call.ended_at : event.at) : null,
  };
}

function isOver(status: CallStatus): boolean {
  return status === "completed" || status === "failed" || status === "interrupted";
}

/** Calls that their turn, or the session, left behind: nobody will say any more how they did, and none is left spinning. */
export function interruptCalls(draft: Draft, event: SessionEvent, concerns: (block: Block) => boolean): void {
  const left: string[] = [];
  for (const id of draft.calls) {
    const call = findCall(draft, id);
    if (call === undefined) continue;
    if (concerns(call)) replace(draft, { ...call, last_seq: event.seq, status: "interrupted", ended_at: event.at });
    else left.push(id);
  }
  draft.calls = left;
}
