/** One session: runs its turns one after the other, records what the agent says, and ends every turn by one fact. */
import { setTimeout as delay } from "node:timers/promises";
import type { RuntimeCommand, RuntimeEvent } from "@fairlead/protocol";
import type { AdapterEvent, RunningEndpoint, TurnResult } from "../adapters/contract.ts";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Logger } from "../log.ts";
import { createAgentLine } from "./agent-line.ts";
import type { AgentSlots } from "./agent-slots.ts";
import type { MadeFiles } from "./made-files.ts";
import { type ApprovalAnswerCommand, createOpenApprovals, tellDecision } from "./open-approvals.ts";
import { withRealPaths } from "./real-paths.ts";
import { createRunGate, type RunFacts } from "./run-gate.ts";
import { beginTurn, outcomeOf, type RunningTurn, type StopCause } from "./running-turn.ts";
import { createSessionAgent } from "./session-agent.ts";
import { createTurnFiles } from "./turn-files.ts";
import { createTurnOutput } from "./turn-output.ts";
import type { Workspace } from "./workspace.ts";

export type TurnStart = Extract<RuntimeCommand, { kind: "turn.start" }>;
export type ConfigureCommand = Extract<RuntimeCommand, { kind: "session.configure" }>;

/** An endpoint of the config, started. Times are ms, sizes bytes. */
export interface HostedEndpoint {
  readonly id: string;
  readonly running: RunningEndpoint;
  readonly turn_timeout: number;
  readonly max_output_bytes: number;
  /** Where its agents work; undefined where people need not know. */
  readonly work_dir: string | undefined;
  /** Whether an agent goes on with a conversation after its process died. */
  readonly resumes: boolean;
  /** What each message would run, where somebody must approve that first. */
  readonly approve_runs: RunFacts | undefined;
}

export interface SessionHostOptions {
  readonly journal: SessionJournal;
  readonly outbox: Outbox;
  readonly slots: AgentSlots;
  readonly endpoint: HostedEndpoint;
  readonly workspace: Workspace;
  readonly files: Pick<MadeFiles, "take">;
  readonly stop_grace: number;
  readonly log: Logger;
  /** Tells the hub what became of a command, if it listens; else it asks again. */
  readonly acknowledge: (commandId: string, state: "applied" | "failed", error?: string) => void;
}

export interface SessionHost {
  readonly endpoint_id: string;
  /** A turn has been taken: it steers the running one if it is meant to, or runs when its time comes. */
  take(command: TurnStart): void;
  /** Stops the running turn, or takes a waiting one out of the queue. Any other turn: nothing. */
  cancel(turnId: string): void;
  /** Settles when it is known what became of the answer. */
  answer(command: ApprovalAnswerCommand): Promise<void>;
  /** Sets one of the agent's options. Rejects with an Error for people when it cannot be set. */
  configure(command: ConfigureCommand): Promise<void>;
  /** Ends the running turn, the turns that were waiting when this command came, and the agent. Later turns open it again. */
  close(commandId: string): Promise<void>;
  /**
   * The runtime stops: ends the running turn as interrupted and the agent; what waits stays on disk for the next start. A turn that waits
   * for an answer stays open if its agent can be resumed.
   */
  suspend(): Promise<void>;
  /** Ends the agent without another event: the hub does not know this session. */
  abandon(): Promise<void>;
}

/** How long after the end of a turn its agent may still say that it took a message into it (ms); then the message runs by itself. */
const STEER_GRACE_MS = 1_000;
const FULL = "The answer wakes the agent as soon as there is a place for it: as many sessions run here as may at once (max_sessions).";

export function createSessionHost(options: SessionHostOptions): SessionHost {
  const { journal, outbox, slots, endpoint, workspace, log } = options;
  const { session_id } = journal;
  let running: RunningTurn | undefined;
  let mode: "open" | "closing" | "suspended" | "abandoned" = "open";
  /** Turns that are being offered to the running one. */
  const steering = new Set<string>();

  const output = createTurnOutput({ max_output_bytes: endpoint.max_output_bytes, record, route, onUnusable: refuse });
  const files = createTurnFiles(session_id, options.files);
  const line = createAgentLine({ prepare, deliver: output.emit, log });
  const agent = createSessionAgent({
    journal,
    slots,
    workspace,
    endpoint,
    insert: output.insert,
    emit: (event) => line.put(event) && outbox.hasRoom(journal),
    async resumed() {
      await line.drained();
      await outbox.resumed(journal);
    },
  });
  const approvals = createOpenApprovals({ journal, insert: output.insert, deliver: agent.answer });
  const gate = endpoint.approve_runs && createRunGate({ journal, insert: output.insert, facts: endpoint.approve_runs });

  function prepare(event: AdapterEvent) {
    if (event.type === "file.made") return files.take(event);
    return event.type === "approval.requested" && event.subject?.paths !== undefined ? withRealPaths(event, endpoint.work_dir) : event;
  }

  function record(event: RuntimeEvent): void {
    if (mode === "abandoned") return;
    journal.append(event);
    outbox.offer(journal);
  }

  /** What the agent says, with its approvals held against those it asked before a restart. */
  function route(event: RuntimeEvent): void {
    if (event.type === "approval.requested") approvals.request(event);
    else if (event.type !== "approval.withdrawn") output.insert(event);
    else if (!isParking()) approvals.withdraw(event);
    keepTime();
  }

  /** A turn is given its time to run; what a person takes to answer is not counted. */
  function keepTime(): void {
    running?.clock.hold(approvals.areOpen(running.turn_id));
  }

  /** Nobody can be asked, so the answer is no. */
  function refuse(approvalId: string, rejection: string | undefined): void {
    const reason = "This request could not be shown to anybody.";
    if (rejection === undefined) stopTurn("cancel");
    else void agent.answer(approvalId, { option_id: rejection, reason });
  }

  function waitsForAnswer(turnId: string): boolean {
    return [...journal.state.approvals.values()].some(({ turn_id, given }) => turn_id === turnId && !given);
  }

  function isParking(): boolean {
    return (running?.cause === "suspend" || running?.cause === "full") && canPark(running.turn_id);
  }

  function canPark(turnId: string): boolean {
    return endpoint.resumes && journal.state.native_id !== null && waitsForAnswer(turnId);
  }

  function next(): void {
    // An open turn that does not run waits for an answer that its agent had asked for before the restart.
    if (running !== undefined || mode !== "open" || journal.state.open_turn !== null) return;
    const command = journal.state.pending.find((candidate): candidate is TurnStart => candidate.kind === "turn.start");
    // One that the last turn may have taken keeps its place until that is known.
    if (command === undefined || steering.has(command.turn_id) || gate?.mayRun(command) === false) return;
    start(command);
  }

  function start(command: TurnStart): void {
    const { turn_id } = command;
    begin(turn_id);
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
    const result = agent.run(command, turn_id, turn.controller.signal);
    // The agent has its input; only now is time spent on telling the hub.
    outbox.offer(journal);
    options.acknowledge(command.id, "applied");
    follow(turn, result);
  }

  /** Wakes the agent of a turn that waited for an answer while this runtime was away; as soon as there is a place for it. */
  function resume(turnId: string, content: string, isRetry = false): void {
    begin(turnId);
    const turn = newTurn(turnId);
    const result = agent.run({ content }, turnId, turn.controller.signal).then((value) => {
      if (value.freed === undefined || turn.cause !== undefined) return value;
      turn.cause = "full";
      if (!isRetry) output.insert({ type: "notice", level: "info", turn_id: turnId, text: FULL });
      void Promise.all([value.freed, turn.done]).then(() => {
        if (running === undefined && mode === "open" && journal.state.open_turn === turnId) resume(turnId, content, true);
      });
      return value;
    });
    follow(turn, result);
  }

  function begin(turnId: string | undefined): void {
    output.begin(turnId);
    files.begin();
  }

  function newTurn(turnId: string): RunningTurn {
    running = beginTurn(turnId, endpoint.turn_timeout, () => stopTurn("timeout"));
    return running;
  }

  function follow(turn: RunningTurn, result: Promise<TurnResult>): void {
    const ended = result.catch(
      // What was waited for when the turn was stopped failed for that reason.
      (error: unknown): TurnResult =>
        turn.cause === undefined
          ? { ok: false, error: { kind: "internal", message: text(error) } }
          : { ok: true, stop_reason: "cancelled" },
    );
    void ended.then(async (value) => {
      await line.drained();
      finish(turn, value);
    });
  }

  async function steerInto(turn: RunningTurn, command: TurnStart): Promise<void> {
    const over = new AbortController();
    const offered = agent.steer(command, AbortSignal.any([turn.controller.signal, over.signal])).then((taken) => {
      // It may have been cancelled meanwhile; then its end is in the log already.
      if (!taken || !journal.state.pending.includes(command)) return;
      output.insert({ type: "turn.steered", turn_id: command.turn_id, into: turn.turn_id });
      options.acknowledge(command.id, "applied");
    });
    steering.add(command.turn_id);
    try {
      await Promise.race([offered, turn.done.then(() => delay(STEER_GRACE_MS, undefined, { ref: false }))]);
    } catch (error) {
      log.warn({ session_id, reason: text(error) }, "a message could not steer the running turn; it waits for its own");
    } finally {
      over.abort();
      steering.delete(command.turn_id);
      next();
    }
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
        void agent.close();
        finish(turn, { ok: true, stop_reason: "cancelled" });
      },
      3 * options.stop_grace + 1_000,
    );
  }

  function finish(turn: RunningTurn, result: TurnResult): void {
    if (running !== turn) return;
    const parks = isParking();
    running = undefined;
    turn.clock.end();
    clearTimeout(turn.forced);
    output.finish();
    if (parks) approvals.park();
    else {
      approvals.endTurn(turn.turn_id, "The turn ended before it was answered.");
      output.insert({
        ...outcomeOf(turn, result, endpoint.turn_timeout),
        turn_id: turn.turn_id,
        duration_ms: Math.round(performance.now() - turn.startedAt),
      });
    }
    begin(undefined);
    agent.idle();
    turn.ended();
    next();
  }

  /** Ends a turn that does not run: one that waits in the queue, or one that waits for an answer since before a restart. */
  function callOff(turnId: string): void {
    approvals.endTurn(turnId, "The turn was stopped.");
    output.insert({ type: "turn.completed", turn_id: turnId, stop_reason: "cancelled" });
  }

  function dropQueue(closeId: string): void {
    const { pending } = journal.state;
    const at = pending.findIndex((command) => command.id === closeId);
    // A command that the disk refused is not in the list; then everything in it came before.
    const before = pending.slice(0, at === -1 ? pending.length : at);
    for (const command of before) {
      if (command.kind !== "turn.start") continue;
      callOff(command.turn_id);
      options.acknowledge(command.id, "applied");
    }
    const { open_turn } = journal.state;
    if (running === undefined && open_turn !== null) callOff(open_turn);
  }

  async function stopAndClose(cause: StopCause): Promise<void> {
    const turn = running;
    stopTurn(cause);
    await turn?.done;
    await agent.close();
    await line.drained();
    output.finish();
    journal.release();
  }

  return {
    endpoint_id: endpoint.id,
    take(command) {
      if (running !== undefined && running.cause === undefined && running.turn_id === command.steers) void steerInto(running, command);
      else next();
    },
    cancel(turnId) {
      if (running?.turn_id === turnId) {
        stopTurn("cancel");
        return;
      }
      const command = journal.state.pending.find((candidate) => candidate.kind === "turn.start" && candidate.turn_id === turnId);
      if (command === undefined && journal.state.open_turn !== turnId) return;
      callOff(turnId);
      if (command !== undefined) options.acknowledge(command.id, "applied");
      next();
    },
    async answer(command) {
      if (gate?.answer(command) === true) {
        next();
        return;
      }
      const approval = journal.state.approvals.get(command.approval_id);
      const turnId = journal.state.open_turn;
      const isParked = approval?.turn_id === turnId && approvals.isParked(command.approval_id);
      if (approval === undefined || turnId === null || !isParked) {
        const given = approvals.answer(command);
        keepTime();
        return given;
      }
      const settled = approvals.carry(command);
      if (running === undefined) resume(turnId, tellDecision(approval, command));
      await settled;
    },
    async configure(command) {
      try {
        await agent.configure(command);
      } catch (error) {
        const { option_id, value_id } = command;
        output.insert({ type: "notice", level: "warning", text: `The agent did not take "${value_id}" for ${option_id}: ${text(error)}` });
        throw error;
      } finally {
        if (running === undefined) agent.idle();
      }
    },
    async close(commandId) {
      dropQueue(commandId);
      if (mode === "open") mode = "closing";
      await stopAndClose("cancel");
      const left = await workspace
        .release(session_id)
        .catch((error: unknown) => `The session's folder could not be cleared: ${text(error)}`);
      if (left !== undefined) output.insert({ type: "notice", level: "info", code: "worktree", text: left });
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

function text(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 8_000);
}
