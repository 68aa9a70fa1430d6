/** Joins what an agent does between its words into groups: consecutive tool calls, with the thoughts among them. */
import type { AgentBlock, Block, BlockList, ToolBlock } from "@fairlead/client";

export type StepBlock = ToolBlock | AgentBlock;

export interface Groups {
  readonly blocks: BlockList;
  /** The position of each row's first block. */
  readonly starts: readonly number[];
}

/** One row holds at most so many steps, so that drawing one stays cheap. */
const MOST_STEPS = 100;

/** Whether a block may stand in a group of steps. */
export function isStep(block: Block | undefined): block is StepBlock {
  return block !== undefined && (block.type === "tool" || (block.type === "agent" && block.kind === "thought"));
}

/** `before`: the groups of the list this one grew from; what both share is not looked at again. */
export function groupBlocks(blocks: BlockList, before?: Groups): Groups {
  if (before?.blocks === blocks) return before;
  let from = before === undefined ? 0 : before.blocks.sameUntil(blocks);
  // A change at the end of a run may change how the whole run is grouped.
  while (from > 0 && isStep(blocks.at(from - 1))) from -= 1;
  const kept = before === undefined ? 0 : firstAtLeast(before.starts, from);
  const starts = before === undefined ? [] : before.starts.slice(0, kept);
  while (from < blocks.length) {
    const end = endOfRun(blocks, from);
    if (end === from) {
      starts.push(from);
      from += 1;
      continue;
    }
    const step = hasCall(blocks, from, end) ? MOST_STEPS : 1;
    for (let start = from; start < end; start += step) starts.push(start);
    from = end;
  }
  return { blocks, starts };
}

function endOfRun(blocks: BlockList, from: number): number {
  let end = from;
  while (end < blocks.length && isStep(blocks.at(end))) end += 1;
  return end;
}

function hasCall(blocks: BlockList, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) if (blocks.at(index)?.type === "tool") return true;
  return false;
}

/** The first index whose value is at least `value`, in a list that rises. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
