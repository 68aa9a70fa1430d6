/** The agent's requests for permission, from the request to the answer that the agent gets. */
import type { Rpc, RpcId } from "../../process/json-rpc.ts";
import type { AdapterEvent, ApprovalAnswer } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { tooDeep } from "../pi-approval.ts";
import type { GateQuestion } from "../pi-gate.ts";
import { type Change, inputOf, TOO_DEEP } from "./content.ts";
import { type Permission, permissionOf, type Surroundings } from "./permissions.ts";
import { isDialog, type PiBridge } from "./pi-bridge.ts";
import type { Questions } from "./questions.ts";
import { newCall, type ToolCalls } from "./tool-calls.ts";
import { ACP_CANCELLED, ACP_INVALID_PARAMS, type PermissionRequest, permissionRequestSchema } from "./wire.ts";

const UNANSWERABLE = "The agent asked for permission without answers to choose from; it was refused.";
const NO_INPUT = "The agent asked for permission with an input that is nested too deeply to be shown; it was refused.";

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
  emit(events: readonly AdapterEvent[]): boolean;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
  /** A person has allowed these changes. */
  grant(changes: readonly Change[]): void;
}

/** Takes a request; false when the reader must pause. */
export type TakePermissionRequest = (id: RpcId, params: unknown) => boolean;

interface Wanted {
  /** A text: why nobody can be asked. */
  readonly permission: Permission | string;
  /** False when the reader must pause. */
  readonly mayGoOn: boolean;
  /** Done when a person has allowed it. */
  allowed?(): void;
}

export function createPermissionRequests(options: PermissionRequestsOptions): TakePermissionRequest {
  const { rpc, questions, calls, around, remarks, bridge, notice } = options;

  /** A question of the gate in a bridge's pi, with its call told first. */
  function gated(asked: PermissionRequest, { question, by }: { question: GateQuestion; by: PiBridge }): Wanted {
    const native = by.callOf(question);
    if (native === undefined) return { permission: UNANSWERABLE, mayGoOn: true };
    const mayGoOn = options.emit(calls.upsert(native));
    const permission = by.permissionOf(question, asked, calls.find(native.toolCallId)?.id) ?? tooDeep(question);
    return { permission, mayGoOn, allowed: () => by.allow(question) };
  }

  /** A question of some extension, which is about no call. */
  function ofDialog(asked: PermissionRequest): Wanted {
    const input = inputOf(asked.toolCall.rawInput);
    if (input === TOO_DEEP) return { permission: NO_INPUT, mayGoOn: true };
    const permission = permissionOf(asked, { ...newCall(asked.toolCall), input }, around);
    if (permission === undefined) return { permission: UNANSWERABLE, mayGoOn: true };
    const { tool_call_id: _, ...event } = permission.event;
    return { permission: { ...permission, event }, mayGoOn: true };
  }

  /** What is asked for, with its call told first. */
  function wanted(asked: PermissionRequest): Wanted {
    const question = bridge?.questionOf(asked);
    if (bridge !== undefined && question !== undefined) return gated(asked, { question, by: bridge });
    if (bridge !== undefined && isDialog(asked)) return ofDialog(asked);
    const mayGoOn = options.emit(calls.upsert(asked.toolCall));
    const call = calls.find(asked.toolCall.toolCallId);
    if (call?.isTooDeep) return { permission: NO_INPUT, mayGoOn };
    return { permission: (call === undefined ? undefined : permissionOf(asked, call, around)) ?? UNANSWERABLE, mayGoOn };
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
    if (typeof permission === "string") {
      cancel();
      return notice("warning", "unknown_request", permission) && mayGoOn;
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
