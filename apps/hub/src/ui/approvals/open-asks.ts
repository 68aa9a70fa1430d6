/** The questions of a session that wait for an answer, oldest first, as blocks of its timeline. */
import type { ApprovalBlock, SessionView } from "@fairlead/client";

export function openAsks({ blocks, state }: SessionView): readonly ApprovalBlock[] {
  const open = new Set(state.approvals.map((approval) => approval.approval_id));
  const found: ApprovalBlock[] = [];
  for (let index = blocks.length - 1; index >= 0 && open.size > 0; index -= 1) {
    const block = blocks.at(index);
    if (block?.type === "approval" && open.delete(block.approval_id)) found.push(block);
  }
  return found.reverse();
}
