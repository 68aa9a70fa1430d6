/** Asks before a turn may run at all: for endpoints whose agent asks nothing itself, like a job or an HTTP service. */
import { type ApprovalSubject, isAllowing, type RuntimeEvent, type ToolKind } from "@fairlead/protocol";
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
  /** Whether the turn has been approved; asks if nobody was asked yet. */
  mayRun(command: TurnStart): boolean;
  /** Takes an answer that is for this gate; false: it is for somebody else. */
  answer(command: ApprovalAnswerCommand): boolean;
}

const PREFIX = "run-";
const OPTIONS = [
  { id: "allow_once", kind: "allow_once", label: "Run" },
  { id: "reject_once", kind: "reject_once", label: "Deny" },
] as const;

export function createRunGate({ journal, insert, facts }: RunGateOptions): RunGate {
  /** An approved turn starts at once; a crash in between would ask again, never run unasked. */
  const approved = new Set<string>();

  function ask({ turn_id, content }: TurnStart): void {
    const input = { message: content };
    const asked = fitEvent({
      type: "approval.requested",
      approval_id: `${PREFIX}${turn_id}`,
      tool: facts.tool,
      title: facts.title,
      kind: facts.kind,
      input,
      input_hash: hashInput(facts.tool, input),
      subject: facts.subject(content),
      options: [...OPTIONS],
    });
    insert({ ...asked, turn_id } as RuntimeEvent);
  }

  return {
    mayRun(command) {
      if (approved.delete(command.turn_id)) return true;
      if (!journal.state.approvals.has(`${PREFIX}${command.turn_id}`)) ask(command);
      return false;
    },
    answer({ approval_id, option_id, reason }) {
      const approval = approval_id.startsWith(PREFIX) ? journal.state.approvals.get(approval_id) : undefined;
      const turnId = approval?.turn_id;
      if (approval === undefined || turnId === undefined) return false;
      insert({ type: "approval.applied", approval_id, turn_id: turnId });
      const chosen = approval.options.find(({ id }) => id === option_id);
      if (chosen !== undefined && isAllowing(chosen.kind)) approved.add(turnId);
      else insert({ type: "turn.failed", turn_id: turnId, error: { kind: "denied", message: denial(reason) } });
      return true;
    },
  };
}

function denial(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "It was not allowed to run." : `It was not allowed to run: ${reason}`;
}
