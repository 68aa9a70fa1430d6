/** The one reducer: folds a session's events into what it is doing now. Used by hub, UI and scripts alike. */
import type { ConfigOption, SlashCommand, Usage } from "./agent-settings.ts";
import type { ApprovalOption } from "./approval.ts";
import type { SessionEvent, StopReason, TurnError } from "./session-event.ts";
import type { TerminalState } from "./terminal.ts";
import { closeTerminal, reduceTerminal } from "./terminal-state.ts";
import type { PlanEntry, ToolKind } from "./tool-call.ts";

export interface QueuedTurn {
  readonly turn_id: string;
  readonly message_id: string;
  readonly posted_at: number;
  readonly expires_at?: number | undefined;
}

export interface OpenApproval {
  readonly approval_id: string;
  readonly turn_id?: string | undefined;
  readonly tool: string;
  readonly title: string;
  readonly kind?: ToolKind | undefined;
  readonly detail?: string | undefined;
  readonly options: readonly ApprovalOption[];
  readonly input_hash?: string | undefined;
  readonly requested_at: number;
}

export interface RunningTurn {
  readonly turn_id: string;
  readonly started_at: number;
  readonly stop_requested: boolean;
}

export type TurnOutcome =
  | { readonly turn_id: string; readonly stop_reason: StopReason; readonly exit_code?: number | undefined }
  | { readonly turn_id: string; readonly error: TurnError };

export interface SessionState {
  /** The last event folded in. */
  readonly seq: number;
  readonly title: string;
  readonly closed: false | "user" | "admin" | "idle";
  readonly turn: RunningTurn | null;
  /** Messages whose turn has not begun, oldest first. */
  readonly queue: readonly QueuedTurn[];
  readonly approvals: readonly OpenApproval[];
  readonly last_turn: TurnOutcome | null;
  readonly native_id: string | null;
  /** Where the agent works, once it has said so. */
  readonly work_dir: string | null;
  readonly branch: string | null;
  readonly worktree: boolean;
  readonly config: readonly ConfigOption[];
  readonly commands: readonly SlashCommand[];
  /** The newest plan; it outlives its turn. */
  readonly plan: readonly PlanEntry[];
  /** Of the running or else the last turn. */
  readonly usage: Usage | null;
  /** Of all turns that are over. */
  readonly used: { readonly input_tokens: number; readonly output_tokens: number; readonly cost_usd: number };
  /** The newest terminal; null: the session is none, or has not been opened yet. */
  readonly terminal: TerminalState | null;
}

export const INITIAL_SESSION_STATE: SessionState = {
  seq: 0,
  title: "",
  closed: false,
  turn: null,
  queue: [],
  approvals: [],
  last_turn: null,
  native_id: null,
  work_dir: null,
  branch: null,
  worktree: false,
  config: [],
  commands: [],
  plan: [],
  usage: null,
  used: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
  terminal: null,
};

/** One word for lists and badges. */
export type Activity = "closed" | "needs_approval" | "running" | "queued" | "idle";

export function activityOf(state: SessionState): Activity {
  if (state.closed !== false) return "closed";
  if (state.approvals.length > 0) return "needs_approval";
  if (state.turn !== null || state.terminal?.state === "open") return "running";
  return state.queue.length > 0 || state.terminal?.state === "opening" ? "queued" : "idle";
}

/** Ends a turn whether or not it had begun: a queued one leaves the queue, a running one stops running. */
function endTurn(state: SessionState, outcome: TurnOutcome): SessionState {
  return {
    ...state,
    turn: state.turn?.turn_id === outcome.turn_id ? null : state.turn,
    queue: state.queue.filter((queued) => queued.turn_id !== outcome.turn_id),
    approvals: state.approvals.filter((approval) => approval.turn_id !== outcome.turn_id),
    last_turn: outcome,
    used: state.turn?.turn_id === outcome.turn_id ? addUsage(state) : state.used,
  };
}

function addUsage({ used, usage }: SessionState): SessionState["used"] {
  return {
    input_tokens: used.input_tokens + (usage?.input_tokens ?? 0),
    output_tokens: used.output_tokens + (usage?.output_tokens ?? 0),
    cost_usd: used.cost_usd + (usage?.cost_usd ?? 0),
  };
}

function closeApproval(state: SessionState, approvalId: string): SessionState {
  return { ...state, approvals: state.approvals.filter((approval) => approval.approval_id !== approvalId) };
}

function fold(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case "session.created":
      return { ...state, title: event.title, worktree: event.worktree ?? false, native_id: event.native_id ?? null };
    case "session.renamed":
      return { ...state, title: event.title };
    case "session.closed":
      return { ...state, closed: event.reason, queue: [], approvals: [], turn: null, terminal: closeTerminal(state.terminal) };
    case "session.reopened":
      return { ...state, closed: false };
    case "session.identified":
      return { ...state, native_id: event.native_id };
    case "session.located":
      return { ...state, work_dir: event.work_dir, branch: event.branch ?? null };
    case "config.updated":
      return { ...state, config: event.options };
    case "commands.updated":
      return { ...state, commands: event.commands };
    case "plan.updated":
      return { ...state, plan: event.entries };
    case "usage.updated":
      return { ...state, usage: event.usage };
    case "message.posted": {
      if (event.turn_id === undefined) return state;
      const queued: QueuedTurn = {
        turn_id: event.turn_id,
        message_id: event.message_id,
        posted_at: event.at,
        ...(event.expires_at === undefined ? {} : { expires_at: event.expires_at }),
      };
      return { ...state, queue: [...state.queue, queued] };
    }
    case "turn.started": {
      if (event.turn_id === undefined) return state;
      return {
        ...state,
        turn: { turn_id: event.turn_id, started_at: event.at, stop_requested: false },
        queue: state.queue.filter((queued) => queued.turn_id !== event.turn_id),
        usage: null,
      };
    }
    case "turn.steered":
      return { ...state, queue: state.queue.filter((queued) => queued.turn_id !== event.turn_id) };
    case "turn.stop_requested":
      return state.turn === null || state.turn.turn_id !== event.turn_id
        ? state
        : { ...state, turn: { ...state.turn, stop_requested: true } };
    case "turn.completed": {
      if (event.turn_id === undefined) return state;
      const exit = event.exit_code === undefined ? {} : { exit_code: event.exit_code };
      return endTurn(state, { turn_id: event.turn_id, stop_reason: event.stop_reason, ...exit });
    }
    case "turn.failed":
      return event.turn_id === undefined ? state : endTurn(state, { turn_id: event.turn_id, error: event.error });
    case "approval.requested": {
      const { approval_id, tool, title, kind, detail, options, input_hash, turn_id } = event;
      const approval: OpenApproval = { approval_id, tool, title, kind, options, input_hash, requested_at: event.at, detail, turn_id };
      const others = closeApproval(state, approval_id);
      return { ...others, approvals: [...others.approvals, approval] };
    }
    case "approval.withdrawn":
    case "approval.resolved":
      return closeApproval(state, event.approval_id);
    case "terminal.requested":
    case "terminal.opened":
    case "terminal.closed":
    case "terminal.recording":
      return { ...state, terminal: reduceTerminal(state.terminal, event) };
    case "message.delta":
    case "tool.started":
    case "tool.updated":
    case "tool.delta":
    case "approval.applied":
    case "approval.superseded":
    case "session.configured":
    case "file.produced":
    case "file.stored":
    case "file.dropped":
    case "terminal.recorded":
    case "notice":
      return state;
    default:
      return unknownEvent(state, event);
  }
}

/** A newer hub may log events this build does not know: they change nothing, but the compiler lists the ones we forgot. */
function unknownEvent(state: SessionState, _event: never): SessionState {
  return state;
}

/** Folds one event in. Events at or below `state.seq` were folded before and change nothing. */
export function reduceSession(state: SessionState, event: SessionEvent): SessionState {
  if (event.seq <= state.seq) return state;
  return { ...fold(state, event), seq: event.seq };
}

/** Events that a session's state does not depend on. */
const STATELESS: ReadonlySet<SessionEvent["type"]> = new Set([
  "message.delta",
  "tool.started",
  "tool.updated",
  "tool.delta",
  "approval.applied",
  "approval.superseded",
  "session.configured",
  "file.produced",
  "file.stored",
  "file.dropped",
  "terminal.recorded",
  "notice",
]);

/** Whether an event can change more than `seq`; the log skips rewriting the stored state for those that cannot. */
export function changesState(type: SessionEvent["type"]): boolean {
  return !STATELESS.has(type);
}
