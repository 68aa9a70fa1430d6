/** The terminals of this runtime's sessions: opened and ended as the hub commands, each told in its session's log. */
import { fitTerminalSize, type RuntimeCommand, type RuntimeEvent, type TerminalEnd } from "@fairlead/protocol";
import type { AgentSession } from "../adapters/contract.ts";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { JournalStore } from "../hub-link/journal-store.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Answer, TerminalRequest } from "../hub-link/requests.ts";
import type { Logger } from "../log.ts";
import type { PtyStarter } from "../process/pty.ts";
import type { Processes } from "../process/spawn.ts";
import type { AgentSlots } from "../sessions/agent-slots.ts";
import type { HeldTerminal } from "./holder-messages.ts";
import type { Keeper } from "./keeper.ts";
import type { TerminalSetup } from "./launch.ts";
import { openLocalSeat } from "./local-seat.ts";
import type { Recorder } from "./recorder.ts";
import type { Seat, SeatEnd, SeatListener } from "./seat.ts";
import { createTerminalDesk } from "./terminal-desk.ts";

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
  /** Who keeps terminals, by what `keep` says. */
  readonly keepers: Readonly<Record<Exclude<TerminalSetup["keep"], "none">, Keeper>>;
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
  running(sessionId: string): Seat | undefined;
  /** Rejects with an Error for people. */
  answer(request: TerminalRequest): Promise<Answer>;
  /**
   * Goes on with terminals that were kept, and tells of those that a runtime before this one left open and nobody kept: they are
   * lost. Called once, before the link is up; resolves with the names of recordings that are still being written; undefined: a holder that
   * does not answer may write any of them.
   */
  recover(): Promise<ReadonlySet<string> | undefined>;
  /** Ends the session's terminal without telling: its log is gone. */
  abandon(sessionId: string): Promise<void>;
  /** The runtime stops: ends its own, as lost, and leaves those that are kept. */
  stop(): Promise<void>;
}

interface Held {
  readonly seat: Seat;
  /** Whether it outlives this runtime. */
  readonly isKept: boolean;
  /** Why it is being ended, if not by itself. */
  end: TerminalEnd | "abandoned" | undefined;
}

/** A seat's events may come before the seat itself. */
interface Place {
  held: Held | undefined;
  /** Why its recording failed before the terminal was told of. */
  fault: string | undefined;
  readonly listener: SeatListener;
}

export function createTerminalHost(options: TerminalHostOptions): TerminalHost {
  const { journals, outbox, slots, processes, keepers, log } = options;
  const held = new Map<string, Held>();
  const none = createTerminalDesk({ running: () => undefined });
  let stopping = false;

  /** Where the session's terminal may run on, for people; one whose endpoint is not known any more can have been left to anybody. */
  function elsewhere({ session_id, state }: SessionJournal): string | undefined {
    const setup = options.setups.get(state.endpoint_id ?? "");
    if (setup === undefined) return keepers.holder.elsewhere(session_id) ?? keepers.tmux.elsewhere(session_id);
    return setup.keep === "none" ? undefined : keepers[setup.keep].elsewhere(session_id);
  }

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
        return agentOf(await start(command, journal, setup));
      },
    });
    if (!slot.ok) refuse(journal, terminal_id, slot.message);
  }

  /** What a slot holds: it counts and ends as an agent does. */
  function agentOf(started: Held): AgentSession {
    return {
      runTurn: async () => ({ ok: false, error: { kind: "protocol", message: "This session is a terminal." } }),
      answer: async () => false,
      async close() {
        if (!stopping) await end(started, "close");
        else if (!started.isKept) await end(started, "lost");
      },
    };
  }

  function placeOf(journal: SessionJournal, terminal_id: string): Place {
    const { session_id } = journal;
    const place: Place = {
      held: undefined,
      fault: undefined,
      listener: {
        ended(how) {
          const { held: known } = place;
          if (held.get(session_id) === known) held.delete(session_id);
          if (known?.end !== "abandoned") tellEnd(journal, terminal_id, { ...how, reason: known?.end ?? how.reason });
          void slots.close(session_id);
        },
        recordingFailed(reason) {
          if (place.held === undefined) place.fault = reason;
          else tellFault(journal, terminal_id, reason);
        },
      },
    };
    return place;
  }

  function settleIn(journal: SessionJournal, place: Place, seat: Seat, isKept: boolean): Held {
    const started: Held = { seat, isKept, end: undefined };
    place.held = started;
    held.set(journal.session_id, started);
    return started;
  }

  async function start(command: OpenCommand, journal: SessionJournal, setup: TerminalSetup): Promise<Held> {
    const { session_id, terminal_id, endpoint_id } = command;
    const fault = await processes.check(setup);
    if (fault !== undefined) throw new Error(fault);
    const size = fitTerminalSize(command);
    const spec = { session_id, terminal_id, endpoint_id, size, setup: { ...setup, record: command.record ?? setup.record } };
    const { keep } = setup;
    const place = placeOf(journal, terminal_id);
    const seat = await (keep === "none" ? openLocalSeat(spec, place.listener, options) : keepers[keep].open(spec, place.listener));
    const started = settleIn(journal, place, seat, keep !== "none");
    tellOpened(journal, { ...spec, ...size, command: [setup.command, ...setup.args], work_dir: setup.work_dir });
    if (place.fault !== undefined) tellFault(journal, terminal_id, place.fault);
    else if (spec.setup.record) record(journal, started, true);
    return started;
  }

  function tellOpened(journal: SessionJournal, opened: Pick<HeldTerminal, "terminal_id" | "command" | "work_dir" | "cols" | "rows">): void {
    const { terminal_id, work_dir, cols, rows } = opened;
    const command = opened.command.slice(0, 256).map((word) => word.slice(0, 4_096));
    tell(journal, { type: "terminal.opened", terminal_id, command, work_dir, cols, rows });
    log.info({ session_id: journal.session_id, terminal_id }, "terminal opened");
  }

  function tellFault(journal: SessionJournal, terminal_id: string, reason: string): void {
    tell(journal, { type: "terminal.recording", terminal_id, on: false, error: reason.slice(0, 2_000) });
  }

  function tellEnd(
    journal: SessionJournal,
    terminal_id: string,
    { reason, exit, error }: Omit<SeatEnd, "reason"> & { readonly reason: TerminalEnd },
  ): void {
    const { code, signal } = exit ?? {};
    tell(journal, {
      type: "terminal.closed",
      terminal_id,
      reason,
      ...(code === undefined ? {} : { exit_code: code }),
      ...(signal === undefined ? {} : { signal }),
      ...(error === undefined ? {} : { error }),
    });
  }

  async function end(which: Held, reason: TerminalEnd | "abandoned"): Promise<void> {
    which.end ??= reason;
    await which.seat.stop();
  }

  function record(journal: SessionJournal, { seat }: Held, on: boolean): void {
    if (on === seat.isRecorded()) return;
    seat.record(on);
    tell(journal, { type: "terminal.recording", terminal_id: seat.terminal_id, on });
  }

  /** Goes on with a terminal that was kept, or tells how it ended; one that no session knows is ended. */
  async function adopt(found: HeldTerminal, keeper: Keeper): Promise<void> {
    const { session_id, terminal_id, endpoint_id } = found;
    const journal = journals.get(session_id);
    const isOpening = ({ kind, ...command }: RuntimeCommand) =>
      kind === "terminal.open" && "terminal_id" in command && command.terminal_id === terminal_id;
    const known = journal?.state.terminal;
    const isOpen = known?.open === true && known.terminal_id === terminal_id;
    const isNew = known?.terminal_id !== terminal_id && journal?.state.pending.some(isOpening) === true;
    if (journal === undefined || (!isOpen && !isNew)) {
      keeper.forget(terminal_id);
      return;
    }
    // The runtime before this one did not come to tell that it runs.
    if (isNew) tellOpened(journal, found);
    const { recording_fault, end: ended } = found;
    const place = placeOf(journal, terminal_id);
    if (recording_fault !== undefined) tellFault(journal, terminal_id, recording_fault);
    if (ended !== undefined) {
      tellEnd(journal, terminal_id, ended);
      keeper.forget(terminal_id);
      return;
    }
    const seat = await keeper.adopt(found, place.listener);
    // Recorded from its beginning: nobody may type without seeing so.
    if (isNew && seat.isRecorded()) tell(journal, { type: "terminal.recording", terminal_id, on: true });
    const kept = settleIn(journal, place, seat, true);
    const slot = await slots.acquire({ session_id, endpoint_id, open: async () => agentOf(kept) });
    if (!slot.ok) {
      log.warn({ session_id, reason: slot.message }, "ending a terminal that was kept: there is no place for it any more");
      await end(kept, "lost");
    }
  }

  async function adoptAll(keeper: Keeper): Promise<readonly HeldTerminal[]> {
    const found = await keeper.find();
    for (const terminal of found)
      await adopt(terminal, keeper).catch((error: unknown) => {
        // Told of as lost with all others that nobody kept.
        log.error({ session_id: terminal.session_id, reason: String(error) }, "cannot go on with a terminal that was kept");
      });
    return found;
  }

  return {
    open,
    record({ session_id, on }) {
      const found = held.get(session_id);
      const journal = journals.get(session_id);
      if (found === undefined || journal === undefined) throw new Error("No terminal is open in this session.");
      record(journal, found, on);
    },
    running: (sessionId) => held.get(sessionId)?.seat,
    answer: (request) => (held.get(request.session_id)?.seat ?? none).answer(request),
    async recover() {
      const [found] = await Promise.all([adoptAll(keepers.holder), adoptAll(keepers.tmux)]);
      if (held.size > 0) log.info({ terminals: held.size }, "going on with terminals that were kept");
      for (const journal of journals.all()) {
        const { terminal } = journal.state;
        if (terminal?.open !== true || held.has(journal.session_id)) continue;
        tellEnd(journal, terminal.terminal_id, { reason: "lost", error: elsewhere(journal) });
      }
      // tmux's are written by this process.
      return keepers.holder.elsewhere() === undefined ? new Set(found.flatMap(({ recording }) => recording ?? [])) : undefined;
    },
    async abandon(sessionId) {
      const found = held.get(sessionId);
      if (found !== undefined) await end(found, "abandoned");
    },
    async stop() {
      stopping = true;
      const own = [...held.values()].filter(({ isKept }) => !isKept);
      await Promise.all(own.map((found) => end(found, "lost")));
      if (held.size > 0) log.info({ terminals: held.size }, "terminals run on where they are kept");
      await Promise.all(Object.values(keepers).map((keeper) => keeper.stop()));
    },
  };
}
