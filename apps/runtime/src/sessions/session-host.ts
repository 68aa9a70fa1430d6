/** One session: runs its turns one after the other, records what the agent says, and ends every turn by one fact. */
import type { RuntimeCommand, RuntimeEvent, TurnError } from "@fairlead/protocol";
import type { AgentSession, RunningEndpoint, TurnResult } from "../adapters/contract.ts";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Logger } from "../log.ts";
import type { AgentSlots } from "./agent-slots.ts";
import { createTurnOutput } from "./turn-output.ts";

export type TurnStart = Extract<RuntimeCommand, { kind: "turn.start" }>;
export type ApprovalAnswerCommand = Extract<RuntimeCommand, { kind: "approval.answer" }>;
export type ConfigureCommand = Extract<RuntimeCommand, { kind: "session.configure" }>;

/** An endpoint of the config, started. Times are ms, sizes bytes. */
export interface HostedEndpoint {
  readonly id: string;
  readonly running: RunningEndpoint;
  readonly turn_timeout: number;
  readonly max_output_bytes: number;
}

export interface SessionHostOptions {
  readonly journal: SessionJournal;
  readonly outbox: Outbox;
  readonly slots: AgentSlots;
  readonly endpoint: HostedEndpoint;
  readonly stop_grace: number;
  readonly log: Logger;
  /** Tells the hub what became of a command, if it listens; else it asks again. */
  readonly acknowledge: (commandId: string, state: "applied" | "failed", error?: string) => void;
}

export interface SessionHost {
  readonly endpoint_id: string;
  /** Runs the next waiting turn unless one runs. */
  next(): void;
  /** Stops the running turn, or takes a waiting one out of the queue. Any other turn: nothing. */
  cancel(turnId: string): void;
  answer(command: ApprovalAnswerCommand): Promise<void>;
  /** Sets one of the agent's options. Rejects with an Error for people when it cannot be set. */
  configure(command: ConfigureCommand): Promise<void>;
  /** Ends the running turn, the turns that were waiting when this command came, and the agent. Later turns open it again. */
  close(commandId: string): Promise<void>;
  /** The runtime stops: ends the running turn as interrupted and the agent; what waits stays on disk for the next start. */
  suspend(): Promise<void>;
  /** Ends the agent without another event: the hub does not know this session. */
  abandon(): Promise<void>;
}

type StopCause = "cancel" | "timeout" | "suspend";

interface RunningTurn {
  readonly turn_id: string;
  readonly startedAt: number;
  readonly controller: AbortController;
  readonly limit: NodeJS.Timeout;
  forced?: NodeJS.Timeout;
  cause?: StopCause;
  ended: () => void;
  readonly done: Promise<void>;
}

export function createSessionHost(options: SessionHostOptions): SessionHost {
  const { journal, outbox, slots, endpoint, log } = options;
  const { session_id } = journal;
  let running: RunningTurn | undefined;
  let mode: "open" | "closing" | "suspended" | "abandoned" = "open";

  const output = createTurnOutput({ max_output_bytes: endpoint.max_output_bytes, record });

  function record(event: RuntimeEvent): void {
    if (mode === "abandoned") return;
    journal.append(event);
    outbox.offer(journal);
  }

  function next(): void {
    if (running !== undefined || mode !== "open") return;
    const command = journal.state.pending.find((candidate): candidate is TurnStart => candidate.kind === "turn.start");
    if (command !== undefined) start(command);
  }

  function start(command: TurnStart): void {
    const { turn_id } = command;
    output.begin(turn_id);
    try {
      journal.appendOrThrow({ type: "turn.started", turn_id });
    } catch (error) {
      // Without a record of the start a crash would run the turn twice, so it does not run at all.
      output.insert({
        type: "turn.failed",
        turn_id,
        error: { kind: "internal", message: `The runtime cannot write to its disk: ${text(error)}` },
      });
      options.acknowledge(command.id, "applied");
      setImmediate(next);
      return;
    }
    const turn = newTurn(turn_id);
    running = turn;
    const agent = slots.busy(session_id);
    const result =
      agent === undefined ? openAndRun(command, turn) : agent.runTurn({ turn_id, text: command.content }, turn.controller.signal);
    // The agent has its input; only now is time spent on telling the hub.
    outbox.offer(journal);
    options.acknowledge(command.id, "applied");
    result.then(
      (value) => finish(turn, value),
      (error: unknown) => finish(turn, { ok: false, error: { kind: "internal", message: text(error) } }),
    );
  }

  function newTurn(turnId: string): RunningTurn {
    let ended: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const limit = setTimeout(() => stopTurn("timeout"), endpoint.turn_timeout);
    return { turn_id: turnId, startedAt: performance.now(), controller: new AbortController(), limit, ended, done };
  }

  async function openAndRun(command: TurnStart, turn: RunningTurn): Promise<TurnResult> {
    const { signal } = turn.controller;
    const slot = await slots.acquire({
      session_id,
      endpoint_id: endpoint.id,
      open: () =>
        endpoint.running.open({
          session_id,
          native_id: journal.state.native_id,
          emit(event) {
            output.emit(event);
            return outbox.hasRoom(journal);
          },
          resumed: () => outbox.resumed(journal),
        }),
    });
    if (!slot.ok) return { ok: false, error: { kind: slot.kind, message: slot.message.slice(0, 8_192) } };
    if (signal.aborted) return { ok: true, stop_reason: "cancelled" };
    return slot.agent.runTurn({ turn_id: command.turn_id, text: command.content }, signal);
  }

  function stopTurn(cause: StopCause): void {
    const turn = running;
    if (turn === undefined || turn.cause !== undefined) return;
    turn.cause = cause;
    turn.controller.abort();
    // The contract gives an adapter three graces; one that does not keep it loses its agent.
    turn.forced = setTimeout(
      () => {
        log.error({ session_id, turn_id: turn.turn_id }, "the agent did not stop in time; closing it");
        void slots.close(session_id);
        finish(turn, { ok: true, stop_reason: "cancelled" });
      },
      3 * options.stop_grace + 1_000,
    );
  }

  function finish(turn: RunningTurn, result: TurnResult): void {
    if (running !== turn) return;
    running = undefined;
    clearTimeout(turn.limit);
    clearTimeout(turn.forced);
    output.finish();
    for (const approval_id of [...journal.state.approvals]) {
      output.insert({ type: "approval.withdrawn", turn_id: turn.turn_id, approval_id, reason: "The turn ended before it was answered." });
    }
    output.insert({ ...outcome(turn, result), turn_id: turn.turn_id, duration_ms: Math.round(performance.now() - turn.startedAt) });
    output.begin(undefined);
    slots.idle(session_id);
    turn.ended();
    next();
  }

  function outcome({ cause }: RunningTurn, result: TurnResult) {
    const endedByItself = result.ok && result.stop_reason !== "cancelled";
    if (!endedByItself && cause === "timeout") {
      return failed({ kind: "timeout", message: `The turn took longer than ${endpoint.turn_timeout / 1_000} s and was stopped.` });
    }
    if (!endedByItself && cause === "suspend") return failed({ kind: "interrupted", message: "The runtime was stopped." });
    if (!endedByItself && cause === "cancel") return { type: "turn.completed", stop_reason: "cancelled" } as const;
    if (!result.ok) return failed({ ...result.error, message: result.error.message.slice(0, 8_192) });
    const exit = result.exit_code === undefined ? {} : { exit_code: result.exit_code };
    return { type: "turn.completed", stop_reason: result.stop_reason, ...exit } as const;
  }

  function dropQueue(closeId: string): void {
    const { pending } = journal.state;
    const at = pending.findIndex((command) => command.id === closeId);
    // A command that the disk refused is not in the list; then everything in it came before.
    const before = pending.slice(0, at === -1 ? pending.length : at);
    for (const command of before) {
      if (command.kind !== "turn.start") continue;
      output.insert({ type: "turn.completed", turn_id: command.turn_id, stop_reason: "cancelled" });
      options.acknowledge(command.id, "applied");
    }
  }

  async function stopAndClose(cause: StopCause): Promise<void> {
    const turn = running;
    stopTurn(cause);
    await turn?.done;
    await slots.close(session_id);
    output.finish();
    journal.release();
  }

  return {
    endpoint_id: endpoint.id,
    next,
    cancel(turnId) {
      if (running?.turn_id === turnId) {
        stopTurn("cancel");
        return;
      }
      const command = journal.state.pending.find((candidate) => candidate.kind === "turn.start" && candidate.turn_id === turnId);
      if (command === undefined) return;
      output.insert({ type: "turn.completed", turn_id: turnId, stop_reason: "cancelled" });
      options.acknowledge(command.id, "applied");
    },
    async answer({ approval_id, option_id, reason }) {
      const agent: AgentSession | undefined = slots.agent(session_id);
      await agent?.answer(approval_id, { option_id, reason });
    },
    async configure({ option_id, value_id }) {
      const agent = slots.agent(session_id);
      if (agent?.configure === undefined) throw new Error("This agent has no options to set.");
      await agent.configure(option_id, value_id);
    },
    async close(commandId) {
      dropQueue(commandId);
      if (mode === "open") mode = "closing";
      await stopAndClose("cancel");
      if (mode !== "closing") return;
      mode = "open";
      next();
    },
    async suspend() {
      mode = "suspended";
      await stopAndClose("suspend");
    },
    async abandon() {
      mode = "abandoned";
      await stopAndClose("cancel");
    },
  };
}

function failed(error: TurnError) {
  return { type: "turn.failed", error } as const;
}

function text(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 8_000);
}
