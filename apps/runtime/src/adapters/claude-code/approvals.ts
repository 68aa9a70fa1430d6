/** The questions that Claude Code waits on: each gets exactly one answer, and none is answered "yes" by itself. */
import { randomUUID } from "node:crypto";
import { type AgentEvent, type ApprovalOption, type ApprovalRequested, MAX_DELTA_CHARS, type ToolInput } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";
import { type ApprovalAnswer, MAX_OPEN_QUESTIONS } from "../contract.ts";
import { safeInput } from "../safe-input.ts";
import type { Control } from "./control.ts";
import type { Propose } from "./edits.ts";
import { readQuestions, withAnswers } from "./questions.ts";
import { callIdOf, kindOf, type Place, subjectOf, titleOf } from "./tools.ts";
import { type ControlRequest, type ToolQuestion, toolQuestionSchema } from "./wire.ts";

const DENIED = "The user does not allow this.";

const ALLOW: ApprovalOption = { id: "allow_once", kind: "allow_once", label: "Allow once" };
const REJECT: ApprovalOption = { id: "reject_once", kind: "reject_once", label: "Deny" };

const rulesSchema = z.looseObject({
  type: z.literal("addRules"),
  behavior: z.literal("allow"),
  rules: z.array(z.looseObject({ toolName: z.string().min(1), ruleContent: z.string().optional() })).min(1),
});
type Rules = z.infer<typeof rulesSchema>["rules"];

interface Open {
  readonly request_id: string;
  readonly question: ToolQuestion;
  /** What "always" allows. */
  readonly rules: Rules;
}

export interface ApprovalsOptions {
  readonly control: Pick<Control, "respond" | "refuse">;
  readonly place: Place;
  emit(event: AgentEvent): boolean;
  /** Something was asked that nobody can be shown; it has been refused. */
  refused(text: string): boolean;
  readonly propose: Propose;
  /** The input as the model wrote it, where that is known. */
  inputOf(nativeCallId: string | undefined): ToolInput | undefined;
  /** The call begins to wait. */
  onWait(nativeCallId: string | undefined): void;
  onAllowed(nativeCallId: string | undefined): void;
}

export interface Approvals {
  /** A request of Claude Code, of whatever kind; false when the reader must pause. */
  ask(request: ControlRequest): boolean;
  /** Whether it was still open. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** Claude Code takes a question back. */
  takeBack(requestId: string): void;
  /** Takes all back. Claude Code hears "no" first, or "no, and stop", or nothing when it is gone. */
  withdraw(reason: string, tell: "deny" | "stop" | "nothing"): void;
}

export function createApprovals(options: ApprovalsOptions): Approvals {
  const { control, place, emit } = options;
  const open = new Map<string, Open>();

  function deny(requestId: string, message: string): void {
    control.respond(requestId, { behavior: "deny", message });
  }

  function ask({ request_id, request }: ControlRequest): boolean {
    if (request.subtype !== "can_use_tool") {
      control.refuse(request_id, `Unsupported control request: ${request.subtype.slice(0, 64)}`);
      return options.refused(`Claude Code asked for something unknown ("${request.subtype.slice(0, 64)}"); it was refused.`);
    }
    if ([...open.values()].some((one) => one.request_id === request_id)) return true;
    const parsed = toolQuestionSchema.safeParse(request);
    if (!parsed.success) {
      deny(request_id, "The request was not valid.");
      return options.refused("Claude Code asked for a permission in a form that is not known; it was denied.");
    }
    if (open.size >= MAX_OPEN_QUESTIONS) {
      deny(request_id, "Too many open requests.");
      return options.refused(`Claude Code asked more than ${MAX_OPEN_QUESTIONS} questions at once; the last one was denied.`);
    }
    return put(request_id, parsed.data);
  }

  function put(request_id: string, question: ToolQuestion): boolean {
    const { tool_name: tool, input } = question;
    const questions = tool === "AskUserQuestion" ? readQuestions(input) : undefined;
    if (tool === "AskUserQuestion" && questions === undefined) {
      deny(request_id, "The questions could not be shown to the user. Ask in your answer instead.");
      return options.refused("Claude Code asked questions in a form that is not known; they were refused.");
    }
    const shown = safeInput(input);
    if (shown === undefined) {
      deny(request_id, "The input is nested too deeply to be shown to the user.");
      return options.refused(`Claude Code wanted to call "${tool.slice(0, 64)}" with an input that is nested too deeply; it was refused.`);
    }
    const isPlan = tool === "ExitPlanMode";
    const rules = questions === undefined && !isPlan ? sessionRules(question) : [];
    const approval_id = randomUUID();
    open.set(approval_id, { request_id, question, rules });
    options.onWait(question.tool_use_id);
    const content = options.propose(tool, shown);
    const event: ApprovalRequested = {
      type: "approval.requested",
      approval_id,
      tool: clipText(safeText(tool), 200),
      title: titleOf(tool, shown, place),
      kind: kindOf(tool),
      options: [ALLOW, ...always(rules), REJECT],
      input: shown,
      subject: subjectOf(tool, shown, place),
      ...(question.tool_use_id === undefined ? {} : { tool_call_id: callIdOf(question.tool_use_id) }),
      ...(question.decision_reason === undefined ? {} : { detail: clipText(safeText(question.decision_reason), 2_000) }),
      ...(content.length === 0 ? {} : { content }),
      ...(questions === undefined ? {} : { questions }),
      ...(isPlan ? { plan: planText(question, options.inputOf(question.tool_use_id)) } : {}),
    };
    return emit(event);
  }

  function take(approvalId: string): Open | undefined {
    const found = open.get(approvalId);
    open.delete(approvalId);
    return found;
  }

  return {
    ask,
    answer(approvalId, { option_id, reason, answers }) {
      const found = take(approvalId);
      if (found === undefined) return false;
      const { request_id, question, rules } = found;
      const isAlways = option_id === "allow_always" && rules.length > 0;
      const isAllowed = option_id === ALLOW.id || isAlways;
      const updatedInput = question.tool_name === "AskUserQuestion" ? withAnswers(question.input, answers) : question.input;
      if (!isAllowed || updatedInput === undefined) {
        deny(request_id, reason || (isAllowed ? "The user gave no answer." : DENIED));
        return true;
      }
      const updatedPermissions = isAlways ? [{ type: "addRules", rules, behavior: "allow", destination: "session" }] : undefined;
      control.respond(request_id, { behavior: "allow", updatedInput, ...(updatedPermissions === undefined ? {} : { updatedPermissions }) });
      options.onAllowed(question.tool_use_id);
      return true;
    },
    takeBack(requestId) {
      for (const [approval_id, { request_id }] of open) {
        if (request_id !== requestId) continue;
        open.delete(approval_id);
        emit({ type: "approval.withdrawn", approval_id, reason: "Claude Code no longer waits for an answer." });
      }
    },
    withdraw(reason, tell) {
      for (const [approval_id, { request_id }] of [...open]) {
        open.delete(approval_id);
        if (tell === "deny") deny(request_id, reason);
        if (tell === "stop") control.respond(request_id, { behavior: "deny", message: reason, interrupt: true });
        emit({ type: "approval.withdrawn", approval_id, reason });
      }
    },
  };
}

/**
 * The rules that Claude Code proposes, to hold for this session only: never one that changes its mode, opens folders or is written to its
 * settings, and none that cannot be shown whole.
 */
function sessionRules({ permission_suggestions = [] }: ToolQuestion): Rules {
  const rules = permission_suggestions.flatMap((suggestion) => rulesSchema.safeParse(suggestion).data?.rules ?? []);
  return rules.length > 0 && labelOf(rules).length <= 200 ? rules : [];
}

function labelOf(rules: Rules): string {
  const shown = rules.map(({ toolName, ruleContent }) => (ruleContent === undefined ? toolName : `${toolName}(${ruleContent})`));
  return safeText(`Allow in this session: ${shown.join(", ")}`);
}

function always(rules: Rules): ApprovalOption[] {
  return rules.length === 0 ? [] : [{ id: "allow_always", kind: "allow_always", label: labelOf(rules) }];
}

/** Newer versions keep the plan out of the question; the model's own call still has it. */
function planText({ input }: ToolQuestion, written: ToolInput | undefined): string {
  const plan = [input.plan, written?.plan].find((text) => typeof text === "string" && text.trim() !== "");
  return clipText(safeText(typeof plan === "string" ? plan : "Claude Code did not say what the plan is."), MAX_DELTA_CHARS);
}
