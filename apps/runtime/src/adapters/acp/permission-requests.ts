/** The agent's requests for permission, from the request to the answer that the agent gets. */
import type { AgentEvent } from "@fairlead/protocol";
import type { Rpc, RpcId } from "../../process/json-rpc.ts";
import type { ApprovalAnswer } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { type Change, inputOf } from "./content.ts";
import { type Permission, permissionOf, type Surroundings } from "./permissions.ts";
import { isDialog, type PiBridge } from "./pi-bridge.ts";
import type { Questions } from "./questions.ts";
import { newCall, type ToolCalls } from "./tool-calls.ts";
import { ACP_CANCELLED, ACP_INVALID_PARAMS, type PermissionRequest, permissionRequestSchema } from "./wire.ts";

export interface PermissionRequestsOptions {
  readonly rpc: Rpc;
  readonly questions: Questions;
  readonly calls: ToolCalls;
  readonly around: Surroundings;
  /** See `ConversationOptions`. */
  readonly remarks: string[];
  readonly bridge: PiBridge | undefined;
  /** `between`: no turn runs. */
  state(): "turn" | "stopping" | "between";
  emit(events: readonly AgentEvent[]): boolean;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
  /** A person has allowed these changes. */
  grant(changes: readonly Change[]): void;
}

/** Takes a request; false when the reader must pause. */
export type TakePermissionRequest = (id: RpcId, params: unknown) => boolean;

interface Wanted {
  readonly permission: Permission | undefined;
  /** False when the reader must pause. */
  readonly mayGoOn: boolean;
  /** Done when a person has allowed it. */
  allowed?(): void;
}

export function createPermissionRequests(options: PermissionRequestsOptions): TakePermissionRequest {
  const { rpc, questions, calls, around, remarks, bridge, notice } = options;

  /** What is asked for, with its call told first. */
  function wanted(asked: PermissionRequest): Wanted {
    const question = bridge?.questionOf(asked);
    if (bridge !== undefined && question !== undefined) {
      const native = bridge.callOf(question);
      if (native === undefined) return { permission: undefined, mayGoOn: true };
      const mayGoOn = options.emit(calls.upsert(native));
      const permission = bridge.permissionOf(question, asked, calls.find(native.toolCallId)?.id);
      return { permission, mayGoOn, allowed: () => bridge.allow(question) };
    }
    if (bridge !== undefined && isDialog(asked)) {
      const permission = permissionOf(asked, { ...newCall(asked.toolCall), input: inputOf(asked.toolCall.rawInput) }, around);
      if (permission === undefined) return { permission, mayGoOn: true };
      const { tool_call_id: _, ...event } = permission.event;
      return { permission: { ...permission, event }, mayGoOn: true };
    }
    const mayGoOn = options.emit(calls.upsert(asked.toolCall));
    const call = calls.find(asked.toolCall.toolCallId);
    return { permission: call === undefined ? undefined : permissionOf(asked, call, around), mayGoOn };
  }

  return (id, params) => {
    const cancel = () => rpc.respond(id, { outcome: { outcome: "cancelled" } });
    const asked = permissionRequestSchema.safeParse(params).data;
    if (asked === undefined) {
      rpc.refuse(id, ACP_INVALID_PARAMS, "the permission request is not valid");
      return notice("warning", "unknown_request", "The agent asked for permission in a form that cannot be read; it was refused.");
    }
    if (questions.isOpen(id)) return true;
    const state = options.state();
    if (state !== "turn") {
      cancel();
      return (
        state === "stopping" || notice("warning", "unknown_request", "The agent asked for permission while no turn ran; it was refused.")
      );
    }
    const { permission, mayGoOn, allowed } = wanted(asked);
    if (permission === undefined) {
      cancel();
      return notice("warning", "unknown_request", "The agent asked for permission without answers to choose from; it was refused.");
    }
    const result = questions.ask({
      rpc_id: id,
      event: permission.event,
      onAnswer({ option_id, reason }: ApprovalAnswer) {
        const choice = permission.choices.get(option_id);
        if (choice?.allows) {
          options.grant(permission.changes);
          allowed?.();
        } else if (reason !== undefined && reason.trim() !== "") {
          remarks.push(`I denied "${permission.event.title}". My reason: ${reason.trim()}`);
        }
        if (choice?.option_id === undefined) cancel();
        else rpc.respond(id, { outcome: { outcome: "selected", optionId: choice.option_id } });
      },
      onWithdrawn: (byAgent) => (byAgent ? rpc.refuse(id, ACP_CANCELLED, "Request cancelled") : cancel()),
    });
    if (result !== "full") return result && mayGoOn;
    cancel();
    return notice("warning", "unknown_request", "The agent asked too many questions at once; the last one was denied.") && mayGoOn;
  };
}
