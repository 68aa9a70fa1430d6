/** Asks before a turn may run at all: for endpoints whose agent asks nothing itself, like a job or an HTTP service. */
import { type AgentEvent, type ApprovalSubject, isAllowing, type RuntimeEvent, type ToolKind } from "@fairlead/protocol";
import type { JournalState } from "../hub-link/journal-state.ts";
import { fitEvent, hashInput } from "./fit-event.ts";
import type { ApprovalAnswerCommand } from "./open-approvals.ts";
import type { TurnStart } from "./session-host.ts";

/** What a message to this endpoint sets off, in words for people and for rules. */
export interface RunFacts {
  readonly tool: string;
  readonly title: string;
  readonly kind: ToolKind;
  subject(message: string): ApprovalSubject;
}

export interface RunGateOptions {
  readonly journal: { readonly state: Readonly<JournalState> };
  readonly insert: (event: RuntimeEvent) => void;
  readonly facts: RunFacts;
}

export interface RunGate {
  /** Whether the turn has been approved; asks if nobody was asked yet about what would run now. */
  mayRun(command: TurnStart): boolean;
  /** Takes an answer that is for this gate; false: it is for somebody else. One about something else than would run now does nothing. */
  answer(command: ApprovalAnswerCommand): boolean;
}

type ApprovalRequest = Extract<AgentEvent, { type: "approval.requested" }>;

const PREFIX = "run-";
const CHANGED = "The runtime's config was changed since; something else would run now.";
const LATE =
  "An answer came that was given before the config of the runtime was changed. It is not used; the question that is open now waits for its own.";
const OPTIONS = [
  { id: "allow_once", kind: "allow_once", label: "Run" },
  { id: "reject_once", kind: "reject_once", label: "Deny" },
] as const;

export function createRunGate({ journal, insert, facts }: RunGateOptions): RunGate {
  /** An approved turn starts at once; a crash in between would ask again, never run unasked. */
  const approved = new Set<string>();

  /** Its hash covers what would run, not just the message: the config may be another one when the answer comes. */
  function question({ turn_id, content }: TurnStart) {
    const { tool, title, kind } = facts;
    const input = { message: content };
    const subject = facts.subject(content);
    const approval_id = `${PREFIX}${turn_id}`;
    const asked = fitEvent({ type: "approval.requested", approval_id, tool, title, kind, input, subject, options: [...OPTIONS] });
    return { ...(asked as ApprovalRequest), turn_id, input_hash: hashInput(tool, { ...input, title, subject }) };
  }

  function waiting(turnId: string): TurnStart | undefined {
    return journal.state.pending.find((command): command is TurnStart => command.kind === "turn.start" && command.turn_id === turnId);
  }

  return {
    mayRun(command) {
      const { turn_id } = command;
      if (approved.delete(turn_id)) return true;
      const asked = question(command);
      const { approval_id } = asked;
      const open = journal.state.approvals.get(approval_id);
      if (open?.input_hash === asked.input_hash) return false;
      if (open !== undefined) insert({ type: "approval.withdrawn", approval_id, turn_id, reason: CHANGED });
      insert(asked);
      return false;
    },
    answer({ approval_id, option_id, reason, input_hash }) {
      const approval = approval_id.startsWith(PREFIX) ? journal.state.approvals.get(approval_id) : undefined;
      const turn_id = approval?.turn_id;
      if (approval === undefined || turn_id === undefined) return false;
      const command = waiting(turn_id);
      // It answers what was asked before the config was changed; what is asked now stays open.
      if (input_hash !== undefined && input_hash !== approval.input_hash) {
        insert({ type: "notice", level: "info", turn_id, text: LATE });
        return true;
      }
      if (command === undefined || question(command).input_hash !== approval.input_hash) {
        insert({ type: "approval.superseded", approval_id, turn_id, reason: CHANGED });
        return true;
      }
      insert({ type: "approval.applied", approval_id, turn_id });
      const chosen = approval.options.find(({ id }) => id === option_id);
      if (chosen !== undefined && isAllowing(chosen.kind)) approved.add(turn_id);
      else insert({ type: "turn.failed", turn_id, error: { kind: "denied", message: denial(reason) } });
      return true;
    },
  };
}

function denial(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "It was not allowed to run." : `It was not allowed to run: ${reason}`;
}
