/** The questions that one conversation has open: each gets exactly one answer, and none is answered "yes" by itself. */
import { randomUUID } from "node:crypto";
import type { AgentEvent, ApprovalRequested } from "@fairlead/protocol";
import type { RpcId } from "../../process/json-rpc.ts";
import { type ApprovalAnswer, MAX_OPEN_QUESTIONS } from "../contract.ts";

export interface Question {
  /** The agent's request that waits for it. */
  readonly rpc_id: RpcId;
  readonly event: Omit<ApprovalRequested, "type" | "approval_id">;
  /** A person, or a rule, has answered. */
  onAnswer(answer: ApprovalAnswer): void;
  /** Nobody will: the turn was stopped, or the agent took the question back (`byAgent`). */
  onWithdrawn(byAgent: boolean): void;
}

export interface Questions {
  /** `full`: it was not asked. Else whether the reader may go on. */
  ask(question: Question): "full" | boolean;
  isOpen(rpcId: RpcId): boolean;
  /** Whether it was open. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** The agent takes a question back; whether it was open. */
  takeBack(rpcId: RpcId, reason: string): boolean;
  withdrawAll(reason: string): void;
}

export function createQuestions(emit: (event: AgentEvent) => boolean): Questions {
  const open = new Map<string, Question>();

  function withdraw(approvalId: string, question: Question, told: { reason: string; byAgent: boolean }): void {
    open.delete(approvalId);
    // The agent hears it first.
    question.onWithdrawn(told.byAgent);
    emit({ type: "approval.withdrawn", approval_id: approvalId, reason: told.reason });
  }

  return {
    ask(question) {
      if (open.size >= MAX_OPEN_QUESTIONS) return "full";
      const approval_id = randomUUID();
      open.set(approval_id, question);
      return emit({ type: "approval.requested", approval_id, ...question.event });
    },
    isOpen: (rpcId) => [...open.values()].some((question) => question.rpc_id === rpcId),
    answer(approvalId, answer) {
      const question = open.get(approvalId);
      if (question === undefined) return false;
      open.delete(approvalId);
      question.onAnswer(answer);
      return true;
    },
    takeBack(rpcId, reason) {
      for (const [approvalId, question] of open) {
        if (question.rpc_id !== rpcId) continue;
        withdraw(approvalId, question, { reason, byAgent: true });
        return true;
      }
      return false;
    },
    withdrawAll(reason) {
      for (const [approvalId, question] of [...open]) withdraw(approvalId, question, { reason, byAgent: false });
    },
  };
}
