/** The approval that a question of pi's gate becomes: what would happen, what it touches, and what may be answered. Pure but for `preview`. */
import type { ApprovalOption, ApprovalRequested, DiffContent, ToolInput } from "@fairlead/protocol";
import { clipText, safeText } from "../process/text.ts";
import type { GateQuestion } from "./pi-gate.ts";
import { kindOf, type Place, subjectOf, titleOf } from "./pi-tools.ts";
import { safeInput } from "./safe-input.ts";

const YES_NO: readonly ApprovalOption[] = [
  { id: "allow", kind: "allow_once", label: "Allow" },
  { id: "deny", kind: "reject_once", label: "Deny" },
];

export interface GateContext {
  readonly place: Place;
  readonly tool_call_id: string | undefined;
  preview(tool: string, input: ToolInput): DiffContent[];
}

/** Undefined when its input is nested too deeply to be shown. */
export function gateApproval(
  { toolName, input: given }: GateQuestion,
  { place, tool_call_id, preview }: GateContext,
): Omit<ApprovalRequested, "type" | "approval_id"> | undefined {
  const input = safeInput(given);
  if (input === undefined) return undefined;
  const diffs = preview(toolName, input);
  return {
    tool: clipText(safeText(toolName), 200),
    title: titleOf(toolName, input),
    kind: kindOf(toolName),
    options: [...YES_NO],
    input,
    subject: subjectOf(toolName, input, place),
    ...(diffs.length === 0 ? {} : { content: diffs }),
    ...(tool_call_id === undefined ? {} : { tool_call_id }),
  };
}

/** What is told of a question that cannot be shown. */
export function tooDeep({ toolName }: GateQuestion): string {
  return `pi wanted to call "${toolName.slice(0, 64)}" with an input that is nested too deeply; it was refused.`;
}
