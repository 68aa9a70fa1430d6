/** pi's open questions: those of the gate and those of other extensions, each answered exactly once. */
import { randomUUID } from "node:crypto";
import { type AgentEvent, type ApprovalOption, isAllowing, MAX_DELTA_CHARS } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import { type ApprovalAnswer, MAX_OPEN_QUESTIONS } from "../contract.ts";
import { type GateContext, gateApproval, tooDeep } from "../pi-approval.ts";
import { type GateQuestion, gateAnswer } from "../pi-gate.ts";
import type { UiRequest } from "./wire.ts";

const MAX_CHOICES = 20;
const MAX_QUESTION = 4_000;

/** The body of an `extension_ui_response`. */
type Reply = { readonly value: string } | { readonly confirmed: boolean } | { readonly cancelled: true };
const CANCELLED: Reply = { cancelled: true };

type Requested = Extract<AgentEvent, { type: "approval.requested" }>;

interface Open {
  readonly request_id: string;
  readonly options: readonly ApprovalOption[];
  readonly timer: NodeJS.Timeout | undefined;
  reply(isAllowed: boolean, answer: ApprovalAnswer): Reply;
}

export interface QuestionsOptions {
  /** Writes one line to pi. */
  write(line: string): void;
  emit(event: AgentEvent): boolean;
  refused(text: string): boolean;
  /** The call has been allowed by a person. */
  onAllowed(nativeCallId: string): void;
}

export interface Questions {
  /** Asks a person whether the call may run; false when the reader must pause. */
  askGate(requestId: string, question: GateQuestion, context: GateContext): boolean;
  /** Passes on a dialog of another extension; false when the reader must pause. */
  askDialog(request: UiRequest): boolean;
  /** Tells pi that nobody will answer. */
  cancel(requestId: string): void;
  /** Whether pi still waited. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** Takes all open questions back; `tell`: pi still listens and is answered first. */
  withdraw(reason: string, tell: boolean): void;
}

const CONFIRM: readonly ApprovalOption[] = [
  { id: "yes", kind: "allow_once", label: "Yes" },
  { id: "no", kind: "reject_once", label: "No" },
];
const ANSWER: readonly ApprovalOption[] = [
  { id: "answer", kind: "allow_once", label: "Answer" },
  { id: "cancel", kind: "reject_once", label: "Cancel" },
];

export function createQuestions({ write, emit, refused, onAllowed }: QuestionsOptions): Questions {
  const open = new Map<string, Open>();

  function send(id: string, reply: Reply): void {
    write(JSON.stringify({ type: "extension_ui_response", id, ...reply }));
  }

  function close(approvalId: string): Open | undefined {
    const found = open.get(approvalId);
    open.delete(approvalId);
    clearTimeout(found?.timer);
    return found;
  }

  function ask(request: Pick<UiRequest, "id" | "timeout">, event: Omit<Requested, "type" | "approval_id">, reply: Open["reply"]): boolean {
    if ([...open.values()].some(({ request_id }) => request_id === request.id)) return true;
    if (open.size >= MAX_OPEN_QUESTIONS) {
      send(request.id, CANCELLED);
      return refused(`pi asked more than ${MAX_OPEN_QUESTIONS} questions at once; the last one was refused.`);
    }
    const approval_id = randomUUID();
    const late = () => {
      close(approval_id);
      emit({ type: "approval.withdrawn", approval_id, reason: "pi no longer waits for an answer." });
    };
    const timer = request.timeout === undefined ? undefined : setTimeout(late, Math.min(request.timeout, 2 ** 31 - 1));
    open.set(approval_id, { request_id: request.id, options: event.options, timer, reply });
    return emit({ type: "approval.requested", approval_id, ...event });
  }

  return {
    askGate(requestId, question, context) {
      const event = gateApproval(question, context);
      if (event === undefined) {
        send(requestId, CANCELLED);
        return refused(tooDeep(question));
      }
      return ask({ id: requestId }, event, (isAllowed, { reason }) => {
        if (isAllowed) onAllowed(question.toolCallId);
        return { value: gateAnswer(isAllowed, reason) };
      });
    },
    askDialog(request) {
      const question = dialogOf(request);
      if (question !== undefined) return ask(request, question.event, question.reply);
      send(request.id, CANCELLED);
      return refused(`An extension of pi asked in a way that is not known ("${request.method.slice(0, 64)}"); it was refused.`);
    },
    cancel: (requestId) => send(requestId, CANCELLED),
    answer(approvalId, answer) {
      const found = close(approvalId);
      if (found === undefined) return false;
      const chosen = found.options.find(({ id }) => id === answer.option_id);
      send(found.request_id, found.reply(chosen !== undefined && isAllowing(chosen.kind), answer));
      return true;
    },
    withdraw(reason, tell) {
      const all = [...open];
      // All answers go out before anything is emitted: pi must not wait for a slow reader of ours.
      for (const [approvalId, { request_id }] of all) {
        close(approvalId);
        if (tell) send(request_id, CANCELLED);
      }
      for (const [approval_id] of all) emit({ type: "approval.withdrawn", approval_id, reason });
    },
  };
}

interface Dialog {
  readonly event: Omit<Requested, "type" | "approval_id">;
  readonly reply: Open["reply"];
}

/** A dialog of another extension as a question to a person; undefined: not one that is known. */
function dialogOf({ method, title, message, options, placeholder, prefill }: UiRequest): Dialog | undefined {
  const shown = clipText(safeText(title).trim(), 2_000) || "An extension of pi asks";
  const detail = (text: string | undefined) => (text ? { detail: clipText(safeText(text), MAX_DELTA_CHARS) } : {});
  const base = { tool: `pi:${method}`.slice(0, 200), title: shown, kind: "other" as const };
  if (method === "confirm") {
    return { event: { ...base, ...detail(message), options: [...CONFIRM] }, reply: (isAllowed) => ({ confirmed: isAllowed }) };
  }
  if (method === "select") {
    const labels = options.map((option) => clipText(safeText(option), 500));
    // Choices that cannot all be shown, or not be told apart, are listed and written instead.
    const areChoices = labels.length <= MAX_CHOICES && labels.every((label) => label !== "") && new Set(labels).size === labels.length;
    const choices = areChoices ? labels.map((label) => ({ label })) : [];
    const question = { id: "choice", question: shown.slice(0, MAX_QUESTION), multiple: false, free_text: !areChoices, choices };
    return {
      event: { ...base, ...detail(areChoices ? undefined : options.join("\n")), options: [...ANSWER], questions: [question] },
      reply(isAllowed, { answers }) {
        const [said] = answers?.choice ?? [];
        const at = said === undefined ? -1 : areChoices ? labels.indexOf(said) : options.indexOf(said);
        const value = options[at];
        return isAllowed && value !== undefined ? { value } : CANCELLED;
      },
    };
  }
  if (method !== "input" && method !== "editor") return undefined;
  const question = { id: "text", question: shown.slice(0, MAX_QUESTION), multiple: false, free_text: true, choices: [] };
  return {
    event: { ...base, ...detail(placeholder ?? prefill), options: [...ANSWER], questions: [question] },
    reply(isAllowed, { answers }) {
      const value = answers?.text?.[0];
      return isAllowed && value !== undefined ? { value } : CANCELLED;
    },
  };
}
