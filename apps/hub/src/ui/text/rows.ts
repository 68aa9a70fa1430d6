/** The rows of a transcript: what happened, what runs, what waits and what is still on this device, in this order. */
import type { Block, FileBlock, LiveSessionState, OutboxEntry, UserBlock } from "@fairlead/client";
import { isPicture, pictureBox } from "./file-words.ts";
import { type Groups, groupBlocks, isStep, type StepBlock } from "./groups.ts";
import { foldSteps } from "./steps.ts";

export type Row =
  | { readonly kind: "block"; readonly key: string; readonly block: Block }
  | { readonly kind: "steps"; readonly key: string; readonly steps: readonly StepBlock[] }
  | { readonly kind: "running"; readonly key: string }
  | { readonly kind: "waiting"; readonly key: string; readonly block: UserBlock; readonly place: number }
  | { readonly kind: "outgoing"; readonly key: string; readonly entry: OutboxEntry };

export interface Rows {
  readonly count: number;
  readonly groups: Groups;
  /** Throws RangeError outside 0..count-1. */
  at(index: number): Row;
  /** Cheap, and the same for a message on its whole way from this device into the log. */
  keyAt(index: number): string;
}

/** Reads from the state in place: 20,000 blocks cost nothing until one is looked at. `before`: the rows drawn last, to group on from. */
export function rowsOf({ view, outgoing }: Pick<LiveSessionState, "view" | "outgoing">, before?: Rows): Rows {
  const { blocks, waiting, state } = view;
  const groups = groupBlocks(blocks, before?.groups);
  const { starts } = groups;
  const running = state.turn === null ? 0 : 1;
  const waitingFrom = starts.length + running;
  const outgoingFrom = waitingFrom + waiting.length;
  const count = outgoingFrom + outgoing.length;

  const happened = (index: number): Row | undefined => {
    const from = starts[index];
    const block = from === undefined ? undefined : blocks.at(from);
    if (from === undefined || block === undefined) return undefined;
    const to = starts[index + 1] ?? blocks.length;
    if (block.type !== "tool" && to - from === 1) return { kind: "block", key: block.id, block };
    const steps = Array.from({ length: to - from }, (_, offset) => blocks.at(from + offset)).filter(isStep);
    return { kind: "steps", key: block.id, steps };
  };
  const at = (index: number): Row => {
    const row = happened(index);
    if (row !== undefined) return row;
    if (running === 1 && index === starts.length) return { kind: "running", key: "running" };
    const waits = waiting[index - waitingFrom];
    if (waits !== undefined) return { kind: "waiting", key: waits.id, block: waits, place: index - waitingFrom };
    const entry = outgoing[index - outgoingFrom];
    if (entry !== undefined) return { kind: "outgoing", key: `user:${entry.message_id}`, entry };
    throw new RangeError(`no row at ${index}`);
  };
  const keyAt = (index: number) => blocks.at(starts[index] ?? -1)?.id ?? at(index).key;
  return { count, groups, at, keyAt };
}

/** A row that would only repeat what its neighbours or the title say, and is not drawn. */
export function isQuiet(row: Row): boolean {
  if (row.kind !== "block") return false;
  const { block } = row;
  if (block.type === "system") return block.event.type === "session.created" || block.event.type === "session.renamed";
  if (block.type === "plan") return block.entries.length === 0;
  return isCalledOff(block);
}

/** The end of a turn that never began: its message says so itself. */
function isCalledOff(block: Block): boolean {
  return block.type === "turn" && block.stop_reason === "cancelled" && block.duration_ms === null;
}

/** Whether the agent was given this message: what follows it belongs to its turn and is not the turn's calling off. */
export function wasGiven(rows: Rows, index: number, block: UserBlock): boolean {
  if (index + 1 >= rows.count) return false;
  const next = rows.at(index + 1);
  if (next.kind === "running") return true;
  if (next.kind === "steps") return next.steps[0]?.turn_id === block.turn_id;
  return next.kind === "block" && next.block.turn_id === block.turn_id && !isCalledOff(next.block);
}

/** A first guess of a row's height in pixels; the real one is measured when it is drawn. */
export function guessHeight(row: Row): number {
  if (isQuiet(row)) return 0;
  if (row.kind === "running") return 44;
  if (row.kind === "steps") return 20 + foldSteps(row.steps, false).shown.length * 36;
  const content = row.kind === "outgoing" ? row.entry.content : row.block.type === "user" ? row.block.content : undefined;
  if (content !== undefined) return 74 + Math.min(30, Math.floor(content.length / 60)) * 24;
  if (row.kind !== "block") return 80;
  const { block } = row;
  switch (block.type) {
    case "agent":
      return guessText(block.kind, block.text.length);
    case "approval":
      return block.status === "open" ? 180 : 110;
    case "turn":
      return block.error === null ? 36 : 130;
    case "file":
      return guessFile(block);
    case "plan":
      return 50 + block.entries.length * 26;
    default:
      return 40;
  }
}

function guessFile({ mime_type, pixels, bytes }: FileBlock): number {
  const isShown = isPicture(mime_type) && (bytes.state === "stored" || bytes.state === "coming");
  return isShown ? pictureBox(pixels).height + 40 : 76;
}

function guessText(kind: string, length: number): number {
  if (kind === "thought") return 44;
  const lines = Math.ceil(length / 60);
  if (kind === "answer") return 12 + Math.min(lines, 60) * 25;
  return length <= 32 ? 46 : 54 + Math.min(lines, 33) * 20;
}
