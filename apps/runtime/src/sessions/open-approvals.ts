/**
 * The approvals of one session, from the agent's question to what became of the answer. They outlive the agent's process: after a
 * restart of the runtime the answer waits until the agent, resumed, asks for exactly the same again.
 */
import { type ApprovalOption, isAllowing, NONE_OFFERED, type RuntimeCommand, type RuntimeEvent } from "@fairlead/protocol";
import type { ApprovalAnswer } from "../adapters/contract.ts";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { KeptApproval } from "../hub-link/journal-state.ts";

export type ApprovalAnswerCommand = Extract<RuntimeCommand, { kind: "approval.answer" }>;
type Requested = Extract<RuntimeEvent, { type: "approval.requested" }>;

export interface OpenApprovalsOptions {
  readonly journal: Pick<SessionJournal, "state" | "give">;
  readonly insert: (event: RuntimeEvent) => void;
  /** Gives an answer to the running agent; false when it does not wait for it (any more). */
  readonly deliver: (agentApprovalId: string, answer: ApprovalAnswer) => Promise<boolean>;
}

export interface OpenApprovals {
  /**
   * The agent asks. What it had asked before the restart is not asked again: its answer is given at once, or this question takes the old
   * one's place if it offers the same answers.
   */
  request(event: Requested): void;
  /** The agent no longer waits for this one. */
  withdraw(event: Extract<RuntimeEvent, { type: "approval.withdrawn" }>): void;
  /** Whether the running agent waits for an answer in this turn that nobody has given yet. */
  areOpen(turnId: string): boolean;
  /** Whether an answer could only reach an agent that is started again for it. */
  isParked(approvalId: string): boolean;
  /** Gives the answer to the agent that waits for it. Settles when it is known what became of it. */
  answer(command: ApprovalAnswerCommand): Promise<void>;
  /** Keeps the answer until the resumed agent asks again. Settles when it is known what became of it. */
  carry(command: ApprovalAnswerCommand): Promise<void>;
  /** Ends what is open of a turn: a kept answer as superseded, a question as withdrawn. */
  endTurn(turnId: string, reason: string): void;
  /** The agent's process is gone: what it asked is asked again when it is resumed. */
  park(): void;
}

interface Carried {
  readonly command: ApprovalAnswerCommand;
  readonly settle: () => void;
}

export function createOpenApprovals({ journal, insert, deliver }: OpenApprovalsOptions): OpenApprovals {
  /** Approval → what the running agent calls it. */
  const live = new Map<string, string>();
  const carried = new Map<string, Carried>();

  const kept = (approvalId: string): KeptApproval | undefined => journal.state.approvals.get(approvalId);

  function supersede(approval_id: string, turn_id: string | undefined, reason: string): void {
    insert({ type: "approval.superseded", approval_id, reason, turn_id });
  }

  function findParked({ turn_id, input_hash }: Requested): KeptApproval | undefined {
    if (input_hash === undefined) return undefined;
    for (const approval of journal.state.approvals.values()) {
      const isSame = approval.turn_id === turn_id && approval.input_hash === input_hash;
      if (isSame && !live.has(approval.approval_id) && !approval.given) return approval;
    }
    return undefined;
  }

  /** Noted before it is done: a call must not run twice, so an answer that may have come to the agent before a crash is not given again. */
  function beginGiving(approvalId: string): void {
    journal.give(approvalId);
    live.delete(approvalId);
  }

  async function give(approval: KeptApproval, agentId: string, answer: ApprovalAnswer): Promise<void> {
    const { approval_id, turn_id } = approval;
    const taken = await deliver(agentId, answer).catch(() => false);
    if (taken) insert({ type: "approval.applied", approval_id, turn_id });
    else supersede(approval_id, turn_id, "The agent no longer waited for this answer.");
  }

  function giveCarried(approval: KeptApproval, request: Requested, { command, settle }: Carried): void {
    carried.delete(approval.approval_id);
    const option = sameOption(approval, command.option_id, request.options);
    if (option === undefined) {
      supersede(approval.approval_id, approval.turn_id, "The agent asks again, but does not offer this answer any more.");
      settle();
      ask(request);
      return;
    }
    const chosen = approval.options.find(({ id }) => id === command.option_id);
    if (chosen !== undefined && chosen.kind !== option.kind) {
      const text = `The agent does not offer "${chosen.label}" any more, so the answer holds for this once: "${option.label}".`;
      insert({ type: "notice", level: "info", turn_id: approval.turn_id, text });
    }
    const answer = { option_id: option.id, reason: command.reason, answers: command.answers };
    beginGiving(approval.approval_id);
    // The agent is still in the middle of asking.
    setImmediate(() => void give(approval, request.approval_id, answer).then(settle));
  }

  function ask(event: Requested): void {
    live.set(event.approval_id, event.approval_id);
    insert(event);
  }

  return {
    request(event) {
      const parked = findParked(event);
      if (parked === undefined) {
        ask(event);
        return;
      }
      const answer = carried.get(parked.approval_id);
      if (answer !== undefined) giveCarried(parked, event, answer);
      else if (areSame(parked.options, event.options)) live.set(parked.approval_id, event.approval_id);
      else {
        const reason = "The agent asks again and offers other answers.";
        insert({ type: "approval.withdrawn", approval_id: parked.approval_id, turn_id: parked.turn_id, reason });
        ask(event);
      }
    },
    withdraw(event) {
      const found = [...live].find(([, agentId]) => agentId === event.approval_id)?.[0];
      if (found === undefined) return;
      live.delete(found);
      insert({ ...event, approval_id: found });
    },
    areOpen: (turnId) => [...live.keys()].some((approvalId) => kept(approvalId)?.turn_id === turnId),
    isParked(approvalId) {
      const approval = kept(approvalId);
      return approval !== undefined && !approval.given && !live.has(approvalId);
    },
    async answer({ approval_id, option_id, reason, answers, input_hash }) {
      const approval = kept(approval_id);
      const agentId = live.get(approval_id);
      if (approval === undefined || agentId === undefined) {
        supersede(approval_id, approval?.turn_id, "The agent no longer waits for this answer.");
        return;
      }
      if (input_hash !== undefined && input_hash !== approval.input_hash) {
        const reason = "The answer was for something else than what the agent asks.";
        supersede(approval_id, approval.turn_id, reason);
        live.delete(approval_id);
        // The agent must not wait for ever, and nothing was allowed.
        const rejection = approval.options.find(({ kind }) => !isAllowing(kind)) ?? NONE_OFFERED;
        await deliver(agentId, { option_id: rejection.id, reason });
        return;
      }
      beginGiving(approval_id);
      await give(approval, agentId, { option_id, reason, answers });
    },
    carry(command) {
      return new Promise((settle) => carried.set(command.approval_id, { command, settle }));
    },
    endTurn(turnId, reason) {
      for (const { approval_id, turn_id, given } of [...journal.state.approvals.values()]) {
        if (turn_id !== turnId || given) continue;
        live.delete(approval_id);
        const answer = carried.get(approval_id);
        carried.delete(approval_id);
        if (answer === undefined) insert({ type: "approval.withdrawn", approval_id, reason, turn_id });
        else supersede(approval_id, turn_id, "The agent ended its turn without asking for this again.");
        answer?.settle();
      }
    },
    park() {
      live.clear();
    },
  };
}

/**
 * The option of the new question that means the same: the very option, else one of its kind. What lasts was shown by its label alone, so
 * another label may grant more than was shown; then the answer holds once.
 */
function sameOption(asked: KeptApproval, optionId: string, offered: readonly ApprovalOption[]): ApprovalOption | undefined {
  const chosen = asked.options.find(({ id }) => id === optionId);
  // No was said to all that were offered, and so it is to these.
  if (chosen === undefined) return NONE_OFFERED;
  const kind = ONCE[chosen.kind];
  return (
    offered.find((option) => isSame(option, chosen)) ??
    offered.find((option) => option.id === optionId && option.kind === kind) ??
    offered.find((option) => option.kind === kind)
  );
}

const ONCE = { allow_once: "allow_once", allow_always: "allow_once", reject_once: "reject_once", reject_always: "reject_once" } as const;

function isSame(one: ApprovalOption, other: ApprovalOption): boolean {
  return one.id === other.id && one.kind === other.kind && one.label === other.label;
}

function areSame(some: readonly ApprovalOption[], others: readonly ApprovalOption[]): boolean {
  return some.length === others.length && some.every((option) => others.some((other) => isSame(option, other)));
}

/** What a resumed agent is told, so that it asks again for what was decided while it was away. */
export function tellDecision(approval: KeptApproval, { option_id, reason }: ApprovalAnswerCommand): string {
  const chosen = approval.options.find(({ id }) => id === option_id);
  const decision = chosen !== undefined && isAllowing(chosen.kind) ? "allowed" : "denied";
  const because = reason === undefined || reason === "" ? "" : ` Reason: ${reason}`;
  return [
    "You were interrupted by a restart of this machine's runtime while you waited for a decision of the user.",
    `The decision on "${approval.title}" (${approval.tool}) is: ${decision}.${because}`,
    "Go on with the task where you stopped. If you still need that call, make exactly the same call again; it will not be asked twice.",
  ].join("\n");
}
