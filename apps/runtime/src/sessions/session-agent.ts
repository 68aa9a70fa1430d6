/** The agent of one session: opened when it is needed, in its folder, with the session's settings and the files of its messages. */
import type { RuntimeEvent } from "@fairlead/protocol";
import type { AdapterEvent, AgentSession, ApprovalAnswer, RunningEndpoint, TurnInput, TurnResult } from "../adapters/contract.ts";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { AgentSlots, SlotResult } from "./agent-slots.ts";
import type { ConfigureCommand, TurnStart } from "./session-host.ts";
import type { Workspace } from "./workspace.ts";

/** What a call shows whose process can no longer tell how it went. */
const LOST_CALL = "The agent's process ended before this call did. What the call did until then, nobody knows.";

/** What a turn gives its agent. */
export type Prompt = Pick<TurnStart, "content" | "attachments">;

/** How the turn ended; `freed`: there was no place for the agent, and it settles when one may have become free. */
export type AgentResult = TurnResult & { readonly freed?: Promise<void> };

export interface SessionAgentOptions {
  readonly journal: SessionJournal;
  readonly slots: AgentSlots;
  readonly workspace: Workspace;
  readonly endpoint: { readonly id: string; readonly running: RunningEndpoint; readonly work_dir: string | undefined };
  /** Takes what the agent says; false when its reader must pause until `resumed`. */
  readonly emit: (event: AdapterEvent) => boolean;
  readonly resumed: () => Promise<void>;
  readonly insert: (event: RuntimeEvent) => void;
}

export interface SessionAgent {
  /** Runs a turn: at once, in the tick of the call, where the agent is open and nothing must be fetched. Never rejects for the agent's sake. */
  run(prompt: Prompt, turnId: string, signal: AbortSignal): Promise<AgentResult>;
  /** Gives the running turn more text; false when the agent did not take it. */
  steer(prompt: Prompt, signal: AbortSignal): Promise<boolean>;
  answer(approvalId: string, answer: ApprovalAnswer): Promise<boolean>;
  /** Sets an option; where there is no place for an agent now it is set when one starts. Rejects when the agent refuses it. */
  configure(command: ConfigureCommand): Promise<void>;
  /** The turn is over: the agent may give way to another session's. */
  idle(): void;
  close(): Promise<void>;
}

export function createSessionAgent(options: SessionAgentOptions): SessionAgent {
  const { journal, slots, workspace, endpoint, insert } = options;
  const { session_id } = journal;
  let opening: Promise<SlotResult> | undefined;

  /** The open agent, marked busy. Two callers at once share one opening. */
  async function open(): Promise<SlotResult> {
    const agent = slots.busy(session_id);
    if (agent !== undefined) return { ok: true, agent };
    opening ??= slots.acquire({ session_id, endpoint_id: endpoint.id, open: openNew }).finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function openNew(): Promise<AgentSession> {
    closeLostCalls();
    const { settings, worktree } = journal.state;
    const work_dir = await locate(worktree);
    return endpoint.running.open({
      session_id,
      native_id: journal.state.native_id,
      ...(worktree ? { work_dir } : {}),
      settings,
      emit: options.emit,
      resumed: options.resumed,
    });
  }

  /** A new process takes over: the calls of the one before, which did not outlive a restart of the runtime, will never end by themselves. */
  function closeLostCalls(): void {
    const { open_calls, open_turn } = journal.state;
    for (const tool_call_id of [...open_calls]) {
      const content = [{ type: "text" as const, text: LOST_CALL }];
      insert({ type: "tool.updated", turn_id: open_turn ?? undefined, tool_call_id, status: "failed", content });
    }
  }

  async function locate(worktree: boolean): Promise<string | undefined> {
    if (endpoint.work_dir === undefined) return undefined;
    const { work_dir, branch } = await workspace.locate({ session_id, work_dir: endpoint.work_dir, worktree });
    if (journal.state.work_dir !== work_dir) insert({ type: "session.located", work_dir, branch });
    return work_dir;
  }

  async function inputOf({ content, attachments }: Prompt, signal: AbortSignal): Promise<Omit<TurnInput, "turn_id">> {
    if (attachments === undefined) return { text: content };
    return { text: content, attachments: await workspace.fetch(session_id, attachments, signal) };
  }

  async function openAndRun(prompt: Prompt, turnId: string, signal: AbortSignal): Promise<AgentResult> {
    const input = await inputOf(prompt, signal);
    const slot = await open();
    if (!slot.ok) {
      const { ok, kind, message } = slot;
      return { ok, error: { kind, message: message.slice(0, 8_192) }, ...(kind === "limit" ? { freed: slot.freed } : {}) };
    }
    if (signal.aborted) return { ok: true, stop_reason: "cancelled" };
    return slot.agent.runTurn({ ...input, turn_id: turnId }, signal);
  }

  return {
    run(prompt, turnId, signal) {
      const agent = prompt.attachments === undefined ? slots.busy(session_id) : undefined;
      return agent === undefined ? openAndRun(prompt, turnId, signal) : agent.runTurn({ turn_id: turnId, text: prompt.content }, signal);
    },
    async steer(prompt, signal) {
      if (slots.agent(session_id)?.steer === undefined) return false;
      const input = await inputOf(prompt, signal);
      if (signal.aborted) return false;
      return (await slots.agent(session_id)?.steer?.(input)) ?? false;
    },
    answer: async (approvalId, answer) => (await slots.agent(session_id)?.answer(approvalId, answer)) ?? false,
    async configure({ option_id, value_id }) {
      const slot = await open();
      if (!slot.ok) return;
      if (slot.agent.configure === undefined) throw new Error("This agent has no options to set.");
      await slot.agent.configure(option_id, value_id);
    },
    idle: () => slots.idle(session_id),
    close: () => slots.close(session_id),
  };
}
