/** The blocks a session's timeline is made of: what a screen draws one under the other. */
import type {
  Actor,
  ApprovalAnswers,
  ApprovalOption,
  ApprovalOptionKind,
  ApprovalQuestion,
  ApprovalSubject,
  Attachment,
  FileMissing,
  MessageKind,
  PlanEntry,
  RuleText,
  SessionEvent,
  StopReason,
  ToolContent,
  ToolInput,
  ToolKind,
  ToolLocation,
  ToolStatus,
  TurnError,
  Usage,
} from "@fairlead/protocol";
import type { BlockList } from "./block-list.ts";
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

/** `waiting`: stored by the hub, its turn has not begun. `steered`: it went into a turn that ran already. The last five are final. */
export type Delivery = "waiting" | "running" | "done" | "failed" | "cancelled" | "expired" | "steered";

export interface UserBlock extends BlockBase {
  readonly type: "user";
  readonly message_id: string;
  readonly content: string;
  readonly by: Actor;
  readonly delivery: Delivery;
  readonly expires_at: number | null;
  readonly attachments: readonly Attachment[];
  /** The turn it was meant to steer; null: it was to have a turn of its own. */
  readonly steers: string | null;
}

/** One message of the agent: all its deltas joined. `text.toString()` reads it. */
export interface AgentBlock extends BlockBase {
  readonly type: "agent";
  readonly kind: MessageKind;
  readonly text: ChunkedText;
  /** The hub's clock when its newest piece came (ms since the epoch). */
  readonly until: number;
}

/** `interrupted`: its turn ended before the agent said how the call did. */
export type CallStatus = ToolStatus | "interrupted";

/** One tool call, from its beginning to its outcome; what its sub-agent says and does stands in `children`. */
export interface ToolBlock extends BlockBase {
  readonly type: "tool";
  readonly tool_call_id: string;
  /** The agent's own name of the tool; empty where the call's beginning is not in the view. */
  readonly tool: string;
  readonly title: string;
  readonly kind: ToolKind;
  readonly status: CallStatus;
  readonly input: ToolInput | null;
  readonly input_truncated: boolean;
  readonly content: readonly ToolContent[];
  readonly locations: readonly ToolLocation[];
  /** What it wrote while it ran (ANSI). */
  readonly output: ChunkedText;
  readonly exit_code: number | null;
  /** The hub's clock when it came to its end; null while it runs. */
  readonly ended_at: number | null;
  /** Messages and calls of the sub-agent that this call is. */
  readonly children: BlockList;
}

/** What the agent intends to do in a turn: the newest plan, where the first one was told. */
export interface PlanBlock extends BlockBase {
  readonly type: "plan";
  readonly entries: readonly PlanEntry[];
}

export interface NoticeBlock extends BlockBase {
  readonly type: "notice";
  readonly level: "info" | "warning" | "error";
  readonly code: string | null;
  readonly text: string;
}

/** What an agent asks, as the log tells it; null and empty where it said nothing. */
export interface Ask {
  readonly approval_id: string;
  readonly tool: string;
  readonly title: string;
  readonly kind: ToolKind | null;
  readonly detail: string | null;
  readonly options: readonly ApprovalOption[];
  readonly tool_call_id: string | null;
  readonly input: ToolInput | null;
  /** What an answer is bound to. */
  readonly input_hash: string | null;
  /** `input` was too long to keep whole. */
  readonly input_truncated: boolean;
  readonly content: readonly ToolContent[];
  readonly subject: ApprovalSubject | null;
  readonly questions: readonly ApprovalQuestion[];
  readonly plan: string | null;
}

/** `by` is who answered; with `rule_id` it is whose rule did; `expired`: nobody answered in time. */
export interface AskAnswer {
  readonly option_id: string;
  readonly option_kind: ApprovalOptionKind | null;
  readonly reason: string | null;
  readonly answers: ApprovalAnswers | null;
  readonly rule_id: string | null;
  /** What that rule said then, where it is known. */
  readonly rule: RuleText | null;
  readonly expired: boolean;
  readonly by: Actor;
  readonly at: number;
}

/** `withdrawn`: the agent stopped waiting first. `superseded`: the answer came when it no longer waited. */
export interface ApprovalBlock extends BlockBase, Ask {
  readonly type: "approval";
  readonly status: "open" | "answered" | "withdrawn" | "superseded";
  readonly answer: AskAnswer | null;
  /** The answer has reached the agent. */
  readonly applied: boolean;
  readonly withdrawn_reason: string | null;
  readonly superseded_reason: string | null;
}

/**
 * Where a file's bytes are: on their way to the hub, there under `file_id`, or not coming. `elsewhere`: on the runtime's machine alone, as
 * older runtimes tell of it.
 */
export type FileBytes =
  | { readonly state: "coming" | "elsewhere" }
  | { readonly state: "stored"; readonly file_id: string }
  | { readonly state: "missing"; readonly reason: FileMissing };

/** A file the agent made or showed. */
export interface FileBlock extends BlockBase {
  readonly type: "file";
  readonly name: string;
  /** Relative to the agent's working directory; the name where it lies in no file. */
  readonly path: string;
  readonly mime_type: string;
  /** Bytes. */
  readonly size: number;
  /** The call it came with. */
  readonly tool_call_id: string | null;
  readonly sha256: string | null;
  /** Of a picture whose size is known. */
  readonly pixels: { readonly width: number; readonly height: number } | null;
  readonly bytes: FileBytes;
}

/** How a turn ended. `error` null: it ended well, `stop_reason` says how. */
export interface TurnBlock extends BlockBase {
  readonly type: "turn";
  readonly stop_reason: StopReason | null;
  readonly exit_code: number | null;
  readonly error: TurnError | null;
  /** By the runtime's clock; null where it did not say. */
  readonly duration_ms: number | null;
  /** What the turn used, as far as the view knows. */
  readonly usage: Usage | null;
}

/** What happened to the session itself, or an event this build does not know. */
export interface SystemBlock extends BlockBase {
  readonly type: "system";
  readonly event: SessionEvent;
}

export type Block = UserBlock | AgentBlock | ToolBlock | PlanBlock | NoticeBlock | ApprovalBlock | FileBlock | TurnBlock | SystemBlock;
