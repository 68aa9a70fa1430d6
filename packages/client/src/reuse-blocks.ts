/** Carries the identity of blocks over to a list that was folded anew, so that a screen redraws only what did change. */
import { BlockList } from "./block-list.ts";
import type { Block } from "./blocks.ts";

/** `next` with every block that equals one of `before` replaced by that one. */
export function reuseBlocks(next: BlockList, before: BlockList): BlockList {
  const known = new Map<string, Block>();
  for (const block of before) known.set(block.id, block);
  const blocks = next.toArray().map((block) => {
    const old = known.get(block.id);
    return old !== undefined && isSame(old, block) ? old : block;
  });
  return BlockList.from(blocks);
}

/** Blocks are made by the same events alone, so two with the same first and last one are equal, but for what each type adds. */
function isSame(a: Block, b: Block): boolean {
  if (a.seq !== b.seq || a.last_seq !== b.last_seq) return false;
  // Its message may have been posted before the view began.
  if (a.type === "user" && b.type === "user") return a.delivery === b.delivery;
  // What the turn used may have been told before the view began.
  if (a.type === "turn" && b.type === "turn") return (a.usage === null) === (b.usage === null);
  // What a sub-agent did stands elsewhere where its call began after it.
  if (a.type === "tool" && b.type === "tool") return sameChildren(a.children, b.children);
  return true;
}

function sameChildren(a: BlockList, b: BlockList): boolean {
  return (
    a.length === b.length &&
    a.toArray().every((child, index) => {
      const other = b.at(index);
      return other !== undefined && other.id === child.id && isSame(child, other);
    })
  );
}
