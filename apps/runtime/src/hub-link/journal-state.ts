/** What a session's journal adds up to: a pure fold of its records, and the snapshot that stands for all folded so far. */
import { approvalOptionSchema, type RuntimeCommand, type RuntimeEvent, runtimeCommandSchema, runtimeEventSchema } from "@fairlead/protocol";
import { z } from "zod";

/** Command ids remembered per session, so that a resend is only answered. The hub resends what is unfinished, which is far less. */
const MAX_REMEMBERED = 512;
/** Open calls of the open turn that are kept; agents make a few at once. */
const MAX_OPEN_CALLS = 1_000;

const commandStateSchema = z.enum(["delivered", "applied", "failed"]);
const rememberedSchema = z.object({
  id: z.string(),
  state: commandStateSchema,
  error: z.string().optional(),
  /** The turn that a `turn.start` asked for. */
  turn_id: z.string().optional(),
});
export type RememberedCommand = z.infer<typeof rememberedSchema>;

/** An approval that was asked for and neither applied, superseded nor withdrawn. */
const keptApprovalSchema = z.object({
  approval_id: z.string(),
  turn_id: z.string().optional(),
  tool: z.string(),
  title: z.string(),
  input_hash: z.string().optional(),
  options: z.array(approvalOptionSchema),
  /** Its answer is on the way to the agent; after a crash nobody knows whether it came there. */
  given: z.literal(true).optional(),
});
export type KeptApproval = z.infer<typeof keptApprovalSchema>;

/** The newest terminal of the session, and whether its program runs as far as the hub was told. */
const keptTerminalSchema = z.object({ terminal_id: z.string(), command: z.array(z.string()), open: z.boolean() });

/** The first line of every journal file: everything the lines before it (now gone) amounted to. */
export const snapshotSchema = z.object({
  session_id: z.string(),
  stream: z.string(),
  /** The next event's number. Events below it that follow in the file are kept for sending only and are not folded again. */
  next_ordinal: z.number().int().min(1),
  endpoint_id: z.string().nullable(),
  native_id: z.string().nullable(),
  closed: z.boolean(),
  open_turn: z.string().nullable(),
  approvals: z.array(keptApprovalSchema),
  /** Tool calls of the open turn that have not ended, by their ids. */
  open_calls: z.array(z.string()).default([]),
  /** The option values people chose, by option id. */
  settings: z.record(z.string(), z.string()),
  /** Where the hub was told that the agent works, and whether that is a git worktree of the session's own. */
  work_dir: z.string().nullable(),
  worktree: z.boolean(),
  terminal: keptTerminalSchema.nullable().default(null),
  /** Commands taken and not carried out, in the order they came. A `turn.start` is carried out when its turn starts or ends. */
  pending: z.array(runtimeCommandSchema),
  remembered: z.array(rememberedSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const journalRecordSchema = z.union([
  z.object({ snapshot: snapshotSchema }),
  z.object({ ordinal: z.number().int().min(1), event: runtimeEventSchema }),
  z.object({ taken: runtimeCommandSchema }),
  z.object({ finished: rememberedSchema }),
  /** The id of an approval whose answer is about to be given to the agent. */
  z.object({ giving: z.string() }),
]);

export type JournalRecord = z.infer<typeof journalRecordSchema>;

export interface JournalState {
  session_id: string;
  stream: string;
  next_ordinal: number;
  endpoint_id: string | null;
  native_id: string | null;
  closed: boolean;
  open_turn: string | null;
  approvals: Map<string, KeptApproval>;
  open_calls: Set<string>;
  settings: Record<string, string>;
  work_dir: string | null;
  worktree: boolean;
  terminal: z.infer<typeof keptTerminalSchema> | null;
  pending: RuntimeCommand[];
  remembered: Map<string, RememberedCommand>;
}

export function emptyState(sessionId: string, stream: string): JournalState {
  return {
    session_id: sessionId,
    stream,
    next_ordinal: 1,
    endpoint_id: null,
    native_id: null,
    closed: false,
    open_turn: null,
    approvals: new Map(),
    open_calls: new Set(),
    settings: {},
    work_dir: null,
    worktree: false,
    terminal: null,
    pending: [],
    remembered: new Map(),
  };
}

export function toSnapshot(state: JournalState): Snapshot {
  const { approvals, open_calls, remembered } = state;
  return { ...state, approvals: [...approvals.values()], open_calls: [...open_calls], remembered: [...remembered.values()] };
}

export function fromSnapshot(snapshot: Snapshot): JournalState {
  return {
    ...snapshot,
    approvals: new Map(snapshot.approvals.map((approval) => [approval.approval_id, approval])),
    open_calls: new Set(snapshot.open_calls),
    remembered: new Map(snapshot.remembered.map((command) => [command.id, command])),
  };
}

function remember(state: JournalState, command: RememberedCommand): void {
  state.remembered.delete(command.id);
  state.remembered.set(command.id, command);
  if (state.remembered.size <= MAX_REMEMBERED) return;
  for (const [id, { state: reached }] of state.remembered) {
    if (reached === "delivered") continue;
    state.remembered.delete(id);
    return;
  }
}

/** What is remembered of the `turn.start` of this turn. */
export function findTurn({ remembered }: Pick<JournalState, "remembered">, turnId: string): RememberedCommand | undefined {
  for (const command of remembered.values()) if (command.turn_id === turnId) return command;
  return undefined;
}

/** The waiting `turn.start` of a turn leaves the queue once the turn has begun, or has ended without beginning. */
function leaveQueue(state: JournalState, turnId: string): void {
  const at = state.pending.findIndex((command) => command.kind === "turn.start" && command.turn_id === turnId);
  const [command] = at === -1 ? [] : state.pending.splice(at, 1);
  if (command !== undefined) remember(state, { id: command.id, state: "applied", turn_id: turnId });
  // Its command is not on this disk (a power cut): should the hub send it again, it is known by its turn.
  else if (findTurn(state, turnId) === undefined) remember(state, { id: turnId, state: "applied", turn_id: turnId });
}

function foldCall({ open_calls, open_turn }: JournalState, event: Extract<RuntimeEvent, { type: "tool.started" | "tool.updated" }>): void {
  const { tool_call_id, turn_id, status } = event;
  if (status === "completed" || status === "failed") open_calls.delete(tool_call_id);
  else if (event.type === "tool.started" && turn_id === open_turn && open_calls.size < MAX_OPEN_CALLS) open_calls.add(tool_call_id);
}

export function foldEvent(state: JournalState, event: RuntimeEvent): void {
  state.next_ordinal += 1;
  switch (event.type) {
    case "turn.started":
      state.open_turn = event.turn_id;
      state.open_calls.clear();
      leaveQueue(state, event.turn_id);
      return;
    case "turn.completed":
    case "turn.failed":
      if (state.open_turn === event.turn_id) {
        state.open_turn = null;
        state.open_calls.clear();
      }
      leaveQueue(state, event.turn_id);
      return;
    case "turn.steered":
      leaveQueue(state, event.turn_id);
      return;
    case "tool.started":
    case "tool.updated":
      foldCall(state, event);
      return;
    case "approval.requested": {
      const { approval_id, turn_id, tool, title, input_hash, options } = event;
      state.approvals.set(approval_id, { approval_id, turn_id, tool, title, input_hash, options });
      return;
    }
    case "approval.withdrawn":
    case "approval.applied":
    case "approval.superseded":
      state.approvals.delete(event.approval_id);
      return;
    case "terminal.opened":
      state.terminal = { terminal_id: event.terminal_id, command: event.command, open: true };
      return;
    case "terminal.closed":
      if (state.terminal?.open === true && state.terminal.terminal_id !== event.terminal_id) return;
      state.terminal = { terminal_id: event.terminal_id, command: [], open: false };
      return;
    case "session.located":
      state.work_dir = event.work_dir;
      return;
    case "session.identified":
      state.native_id = event.native_id;
      return;
    default:
      return;
  }
}

export function foldTaken(state: JournalState, command: RuntimeCommand): void {
  state.pending.push(command);
  remember(state, { id: command.id, state: "delivered", ...(command.kind === "turn.start" ? { turn_id: command.turn_id } : {}) });
  if (command.kind === "session.configure") state.endpoint_id ??= command.endpoint_id;
  if (command.kind === "turn.start") {
    state.endpoint_id = command.endpoint_id;
    state.native_id ??= command.native_id;
    state.worktree = command.worktree ?? state.worktree;
    state.closed = false;
  }
  if (command.kind === "session.configure") state.settings = { ...state.settings, [command.option_id]: command.value_id };
  if (command.kind === "terminal.open") {
    state.endpoint_id = command.endpoint_id;
    state.closed = false;
  }
  if (command.kind === "session.close") state.closed = true;
}

export function foldGiving({ approvals }: JournalState, approvalId: string): void {
  const approval = approvals.get(approvalId);
  if (approval !== undefined) approvals.set(approvalId, { ...approval, given: true });
}

export function foldFinished(state: JournalState, finished: RememberedCommand): void {
  const refused = state.pending.find(({ id }) => id === finished.id && finished.state === "failed");
  // A value that the agent does not take would be refused again at each of its starts.
  if (refused?.kind === "session.configure" && state.settings[refused.option_id] === refused.value_id) {
    const { [refused.option_id]: _, ...others } = state.settings;
    state.settings = others;
  }
  state.pending = state.pending.filter((command) => command.id !== finished.id);
  remember(state, finished);
}
