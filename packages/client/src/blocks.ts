/** The blocks a session's timeline is made of: what a screen draws one under the other. */
import type { Actor, ApprovalOption, MessageKind, SessionEvent, StopReason, TurnError } from "@fairlead/protocol";
import type { ChunkedText } from "./chunked-text.ts";

interface BlockBase {
  /** Stable for the life of the session: made from ids of the log, never from positions. */
  readonly id: string;
  /** The event that began this block, and the newest that changed it. */
  readonly seq: number;
  readonly last_seq: number;
  /** The hub's clock when it began (ms since the epoch). */
  readonly at: number;
  readonly turn_id: string | null;
}

/** `waiting`: stored by the hub, its turn has not begun. The last four are final. */
export type Delivery = "waiting" | "running" | "done" | "failed" | "cancelled" | "expired";

export interface UserBlock extends BlockBase {
  readonly type: "user";
  readonly message_id: string;
  readonly content: string;
  readonly by: Actor;
  readonly delivery: Delivery;
  readonly expires_at: number | null;
}

/** One message of the agent: all its deltas joined. `text.toString()` reads it. */
export interface AgentBlock extends BlockBase {
  readonly type: "agent";
  readonly kind: MessageKind;
  readonly text: ChunkedText;
}

export interface NoticeBlock extends BlockBase {
  readonly type: "notice";
  readonly level: "info" | "warning" | "error";
  readonly code: string | null;
  readonly text: string;
}

export interface ApprovalBlock extends BlockBase {
  readonly type: "approval";
  readonly approval_id: string;
  readonly tool: string;
  readonly title: string;
  readonly detail: string | null;
  readonly options: readonly ApprovalOption[];
  readonly status: "open" | "answered" | "withdrawn";
  readonly answer: { readonly option_id: string; readonly reason: string | null; readonly by: Actor; readonly at: number } | null;
  readonly withdrawn_reason: string | null;
}

export interface FileBlock extends BlockBase {
  readonly type: "file";
  readonly name: string;
  readonly path: string;
  readonly mime_type: string;
  readonly size: number;
}

/** How a turn ended. `error` null: it ended well, `stop_reason` says how. */
export interface TurnBlock extends BlockBase {
  readonly type: "turn";
  readonly stop_reason: StopReason | null;
  readonly exit_code: number | null;
  readonly error: TurnError | null;
  /** By the runtime's clock; null where it did not say. */
  readonly duration_ms: number | null;
}

/** What happened to the session itself, or an event this build does not know. */
export interface SystemBlock extends BlockBase {
  readonly type: "system";
  readonly event: SessionEvent;
}

export type Block = UserBlock | AgentBlock | NoticeBlock | ApprovalBlock | FileBlock | TurnBlock | SystemBlock;
