/** The terminals of this runtime's sessions: opened and ended as the hub commands, each told in its session's log. */
import { fitTerminalSize, type RuntimeCommand, type RuntimeEvent, type TerminalEnd } from "@fairlead/protocol";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { JournalStore } from "../hub-link/journal-store.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Logger } from "../log.ts";
import type { PtyStarter } from "../process/pty.ts";
import type { ProcessExit, Processes } from "../process/spawn.ts";
import type { AgentSlots } from "../sessions/agent-slots.ts";
import type { TerminalSetup } from "./launch.ts";
import type { Recorder } from "./recorder.ts";
import { openTerminal, type RunningTerminal } from "./terminal.ts";

export type OpenCommand = Extract<RuntimeCommand, { kind: "terminal.open" }>;
export type RecordCommand = Extract<RuntimeCommand, { kind: "terminal.record" }>;

export interface TerminalHostOptions {
  readonly journals: JournalStore;
  readonly outbox: Outbox;
  readonly slots: AgentSlots;
  readonly processes: Processes;
  readonly ptys: PtyStarter;
  /** How each endpoint that opens as a terminal does so, by its id. */
  readonly setups: ReadonlyMap<string, TerminalSetup>;
  readonly recorder: Recorder;
  /** Grace between hang-up, TERM and KILL (ms). */
  readonly stop_grace: number;
  readonly log: Logger;
}

export interface TerminalHost {
  /** Opens the session's terminal. Settles when it runs, or when its log says why it does not; a run that was opened once stays as it is. */
  open(command: OpenCommand, journal: SessionJournal): Promise<void>;
  /** Begins or ends the recording. Throws an Error for people when no terminal is open. */
  record(command: RecordCommand): void;
  /** The session's running terminal. */
  running(sessionId: string): RunningTerminal | undefined;
  /** Tells of terminals that a runtime before this one left open: they are lost. Called once, before the link is up. */
  recover(): void;
  /** Ends the session's terminal without telling: its log is gone. */
  abandon(sessionId: string): Promise<void>;
  /** The runtime stops: ends all, as lost. */
  stop(): Promise<void>;
}

interface Held {
  readonly terminal: RunningTerminal;
  /** Settles when the end has been told. */
  readonly over: Promise<void>;
  /** Why it is being ended, if not by itself. */
  end: TerminalEnd | "abandoned" | undefined;
}

export function createTerminalHost(options: TerminalHostOptions): TerminalHost {
  const { journals, outbox, slots, processes, log } = options;
  const held = new Map<string, Held>();
  let stopping = false;

  function tell(journal: SessionJournal, event: RuntimeEvent): void {
    journal.append(event);
    outbox.offer(journal);
  }

  function refuse(journal: SessionJournal, terminal_id: string, error: string): void {
    tell(journal, { type: "terminal.closed", terminal_id, reason: "failed", error: error.slice(0, 8_000) });
  }

  async function open(command: OpenCommand, journal: SessionJournal): Promise<void> {
    const { session_id, terminal_id, endpoint_id } = command;
    if (journal.state.terminal?.terminal_id === terminal_id) return;
    const setup = options.setups.get(endpoint_id);
    if (setup === undefined) {
      refuse(journal, terminal_id, `This runtime has no endpoint "${endpoint_id}" that opens as a terminal. Check its config.`);
      return;
    }
    if (held.has(session_id)) {
      refuse(journal, terminal_id, "This session's terminal is still open. Close it before you open the next.");
      return;
    }
    if (stopping) throw new Error("The runtime is stopping.");
    const slot = await slots.acquire({
      session_id,
      endpoint_id,
      open: async () => {
        const started = await start(command, journal, setup);
        return {
          runTurn: async () => ({ ok: false, error: { kind: "protocol", message: "This session is a terminal." } }),
          answer: async () => false,
          close: () => end(started, stopping ? "lost" : "close"),
        };
      },
    });
    if (!slot.ok) refuse(journal, terminal_id, slot.message);
  }

  async function start(command: OpenCommand, journal: SessionJournal, setup: TerminalSetup): Promise<Held> {
    const { session_id, terminal_id } = command;
    const fault = await processes.check(setup);
    if (fault !== undefined) throw new Error(fault);
    const size = fitTerminalSize(command);
    let settle: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const terminal = await openTerminal({
      ...setup,
      terminal_id,
      size,
      start: (listener) => options.ptys.start({ ...setup, size }, listener, options.stop_grace),
      onEnded(exit) {
        held.delete(session_id);
        if (started.end !== "abandoned") tellEnd(journal, terminal_id, { reason: started.end ?? "exit", exit });
        settle();
        void slots.close(session_id);
      },
      onIdle: () => void end(started, "idle"),
    });
    const started: Held = { terminal, over, end: undefined };
    held.set(session_id, started);
    const { command: program, args, work_dir } = setup;
    const told = [program, ...args].slice(0, 256).map((word) => word.slice(0, 4_096));
    tell(journal, { type: "terminal.opened", terminal_id, command: told, work_dir, ...size });
    log.info({ session_id, terminal_id }, "terminal opened");
    if (command.record ?? setup.record) beginRecording(journal, started);
    return started;
  }

  function tellEnd(journal: SessionJournal, terminal_id: string, how: { readonly reason: TerminalEnd; readonly exit: ProcessExit }): void {
    const { code, signal } = how.exit;
    tell(journal, {
      type: "terminal.closed",
      terminal_id,
      reason: how.reason,
      ...(code === undefined ? {} : { exit_code: code }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async function end(which: Held, reason: TerminalEnd | "abandoned"): Promise<void> {
    which.end ??= reason;
    await which.terminal.stop();
    await which.over;
  }

  function beginRecording(journal: SessionJournal, { terminal }: Held): void {
    const { session_id } = journal;
    const { terminal_id } = terminal;
    const setup = journal.state.terminal;
    const recording = options.recorder.begin(
      { session_id, terminal_id, command: setup?.command ?? [], size: terminal.size() },
      (reason) => {
        if (held.get(session_id)?.terminal !== terminal) return;
        terminal.record(undefined);
        tell(journal, { type: "terminal.recording", terminal_id, on: false, error: reason.slice(0, 2_000) });
      },
    );
    terminal.record(recording);
    tell(journal, { type: "terminal.recording", terminal_id, on: true });
  }

  return {
    open,
    record({ session_id, on }) {
      const found = held.get(session_id);
      const journal = journals.get(session_id);
      if (found === undefined || journal === undefined) throw new Error("No terminal is open in this session.");
      const { terminal } = found;
      if (on === terminal.isRecorded()) return;
      if (on) {
        beginRecording(journal, found);
        return;
      }
      terminal.record(undefined);
      tell(journal, { type: "terminal.recording", terminal_id: terminal.terminal_id, on: false });
    },
    running: (sessionId) => held.get(sessionId)?.terminal,
    recover() {
      for (const journal of journals.all()) {
        const { terminal } = journal.state;
        if (terminal?.open === true) tell(journal, { type: "terminal.closed", terminal_id: terminal.terminal_id, reason: "lost" });
      }
    },
    async abandon(sessionId) {
      const found = held.get(sessionId);
      if (found !== undefined) await end(found, "abandoned");
    },
    async stop() {
      stopping = true;
      await Promise.all([...held.values()].map((found) => end(found, "lost")));
    },
  };
}
