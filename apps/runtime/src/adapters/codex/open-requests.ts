/** The requests of one Codex process that wait for a person: each is answered once, by an answer, a stop or the agent's end. */
import { randomUUID } from "node:crypto";
import type { AgentEvent } from "@fairlead/protocol";
import type { RpcId } from "../../process/json-rpc.ts";
import { type ApprovalAnswer, MAX_OPEN_QUESTIONS } from "../contract.ts";
import type { Connection } from "./connection.ts";
import { DENY } from "./decisions.ts";
import { type Handling, handleRequest, type RequestContext } from "./requests.ts";
import { envelopeSchema } from "./wire.ts";

export interface OpenRequests {
  /** Asks a person, or answers at once. False when the reader must pause. */
  take(id: RpcId, method: string, params: unknown): boolean;
  /** Whether the agent still waited. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** The agent itself no longer waits. */
  resolved(id: RpcId): void;
  /** Takes all open questions back; the agent is told first unless it is gone. */
  giveUp(reason: string, agent: "listens" | "gone"): void;
}

export interface OpenRequestsOptions extends RequestContext {
  readonly connection: Pick<Connection, "respond" | "refuse">;
  emit(event: AgentEvent): boolean;
  notice(code: "unknown_request", text: string): boolean;
  /** Our id of the tool call that an item is. */
  callOf(itemId: string): string | undefined;
  /** While true, whatever is asked is given up at once. */
  isStopping(): boolean;
  /** Lets the model know why it was denied. */
  explain(reason: string, where: { readonly threadId: string; readonly turnId: string } | undefined): void;
}

type Ask = Extract<Handling, { kind: "ask" }>;

interface Open {
  readonly id: RpcId;
  readonly ask: Ask;
  readonly where: { readonly threadId: string; readonly turnId: string } | undefined;
}

export function createOpenRequests(options: OpenRequestsOptions): OpenRequests {
  const { connection, emit } = options;
  const open = new Map<string, Open>();

  function ask(id: RpcId, handling: Ask, params: unknown): boolean {
    if ([...open.values()].some((one) => one.id === id)) return true;
    if (options.isStopping()) {
      connection.respond(id, handling.cancel);
      return true;
    }
    if (open.size >= MAX_OPEN_QUESTIONS) {
      connection.respond(id, handling.reply({ option_id: DENY.id }).result);
      return options.notice("unknown_request", `Codex asked more than ${MAX_OPEN_QUESTIONS} questions at once; the last one was denied.`);
    }
    const { threadId, turnId } = envelopeSchema.safeParse(params).data ?? {};
    const approvalId = randomUUID();
    open.set(approvalId, { id, ask: handling, where: threadId && turnId ? { threadId, turnId } : undefined });
    const { item_id, ...question } = handling.question;
    const call = item_id === undefined ? undefined : options.callOf(item_id);
    return emit({
      type: "approval.requested",
      approval_id: approvalId,
      ...question,
      options: [...question.options],
      ...(call === undefined ? {} : { tool_call_id: call }),
    });
  }

  return {
    take(id, method, params) {
      const handling = handleRequest(method, params, options);
      if (handling.kind === "ask") return ask(id, handling, params);
      if (handling.kind === "answer") connection.respond(id, handling.result);
      else connection.refuse(id, handling.code, handling.message);
      return handling.notice === undefined ? true : options.notice("unknown_request", handling.notice);
    },
    answer(approvalId, answer) {
      const found = open.get(approvalId);
      if (found === undefined) return false;
      open.delete(approvalId);
      const { result, reason, endsTurn } = found.ask.reply(answer);
      // Before the refusal: while the agent waits its turn surely runs, so the model reads both together.
      if (reason) options.explain(`The user declined "${found.ask.question.title}": ${reason}`, endsTurn ? undefined : found.where);
      connection.respond(found.id, result);
      return true;
    },
    resolved(id) {
      for (const [approvalId, one] of open) {
        if (one.id !== id) continue;
        open.delete(approvalId);
        emit({ type: "approval.withdrawn", approval_id: approvalId, reason: "The agent no longer waits for an answer." });
      }
    },
    giveUp(reason, agent) {
      for (const [approvalId, { id, ask: handling }] of open) {
        open.delete(approvalId);
        if (agent === "listens") connection.respond(id, handling.cancel);
        emit({ type: "approval.withdrawn", approval_id: approvalId, reason });
      }
    },
  };
}
