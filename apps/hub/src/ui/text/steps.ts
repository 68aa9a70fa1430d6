/** What a group of steps says while it is folded, and which of its steps are worth a line then. */
import type { CallStatus, ToolBlock } from "@fairlead/client";
import type { DiffContent, ToolKind } from "@fairlead/protocol";
import type { StepBlock } from "./groups.ts";
import { countWords } from "./time-words.ts";

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** Lines shown of a folded group at most; the newest. */
const MOST_SHOWN = 6;
/** Folding fewer steps than this saves nothing. */
const FEWEST_FOLDED = 3;

const CHANGING: readonly ToolKind[] = ["edit", "delete", "move"];

export function isRunning(status: CallStatus): boolean {
  return status === "pending" || status === "in_progress";
}

export function diffsOf(call: ToolBlock): readonly DiffContent[] {
  return call.content.filter((content) => content.type === "diff");
}

/** Lines added and removed by these calls and those of their sub-agents. */
export function countLines(calls: Iterable<StepBlock>): LineCounts {
  let added = 0;
  let removed = 0;
  for (const call of calls) {
    if (call.type !== "tool") continue;
    for (const diff of diffsOf(call)) {
      added += diff.added;
      removed += diff.removed;
    }
    const inner = countLines([...call.children].filter((child): child is StepBlock => child.type === "tool"));
    added += inner.added;
    removed += inner.removed;
  }
  return { added, removed };
}

/** Whether a step is worth a line of its own in a folded group: it changed something, runs, failed, or is a whole agent. */
function isNotable(step: StepBlock): boolean {
  if (step.type !== "tool") return false;
  if (isRunning(step.status) || step.status === "failed" || step.status === "interrupted") return true;
  return CHANGING.includes(step.kind) || step.children.length > 0 || diffsOf(step).length > 0;
}

export interface Fold {
  readonly shown: readonly StepBlock[];
  /** Steps that are not shown; 0: there is nothing to unfold. */
  readonly hidden: number;
}

/** The steps a folded group shows. `live`: it may still grow, so its newest step is shown too. */
export function foldSteps(steps: readonly StepBlock[], live: boolean): Fold {
  const last = steps.length - 1;
  const shown = steps.filter((step, index) => isNotable(step) || (live && index === last)).slice(-MOST_SHOWN);
  const hidden = steps.length - shown.length;
  return hidden < FEWEST_FOLDED ? { shown: steps, hidden: 0 } : { shown, hidden };
}

const WORDS: Readonly<Record<ToolKind, string>> = {
  read: "read",
  edit: "edit",
  delete: "deletion",
  move: "move",
  search: "search",
  execute: "command",
  think: "thought",
  fetch: "fetch",
  switch_mode: "mode change",
  other: "other step",
};

/** What a group holds: `4 reads, 2 edits, 1 command`. */
export function summaryOf(steps: readonly StepBlock[]): string {
  const counts = new Map<string, number>();
  for (const step of steps) {
    if (step.type !== "tool") continue;
    const word = step.children.length > 0 ? "sub-agent" : WORDS[step.kind];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => pluralWords(count, word)).join(", ");
}

function pluralWords(count: number, noun: string): string {
  return count > 1 && noun.endsWith("ch") ? `${count.toLocaleString("en")} ${noun}es` : countWords(count, noun);
}
