/** What the hub asks for: written down, carried out once, answered as often as asked. */
import type { RuntimeCommand, RuntimeFrame } from "@fairlead/protocol";
import { idSchema } from "@fairlead/protocol";
import { z } from "zod";
import type { Logger } from "../log.ts";
import type { SessionRegistry } from "../sessions/session-registry.ts";
import type { TerminalHost } from "../terminals/terminal-host.ts";
import type { SessionJournal } from "./journal.ts";
import { findTurn, type RememberedCommand } from "./journal-state.ts";
import type { JournalStore } from "./journal-store.ts";
import type { Outbox } from "./outbox.ts";

export interface CommandDeskOptions {
  readonly journals: JournalStore;
  readonly outbox: Outbox;
  readonly sessions: SessionRegistry;
  readonly terminals: TerminalHost;
  readonly log: Logger;
  readonly send: (frame: RuntimeFrame) => boolean;
}

export interface CommandDesk {
  /** Takes a command: the first time it is carried out, each later time only its state is told again. */
  take(command: RuntimeCommand): void;
  /** Carries out what was taken before a crash and not finished. */
  recover(): void;
  /** Answers a command frame that could not be read, so that the hub need not wait for it. */
  refuse(text: string, error: unknown): void;
}

type CommandOf<K extends RuntimeCommand["kind"]> = Extract<RuntimeCommand, { kind: K }>;
type Handlers = { readonly [K in RuntimeCommand["kind"]]: (command: CommandOf<K>, journal: SessionJournal) => void | Promise<void> };

const unreadableCommandSchema = z.object({ type: z.literal("command"), command: z.object({ id: idSchema }) });

export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { journals, outbox, sessions, terminals, log } = options;

  // `turn.start` is finished by the turn's own first event, the others when their handler is done.
  const handlers: Handlers = {
    "turn.start": startTurn,
    "turn.cancel": (command, journal) => sessions.host(journal)?.cancel(command.turn_id),
    "approval.answer": answerApproval,
    "session.configure": (command, journal) => sessions.host(journal)?.configure(command),
    "session.close": (command, journal) => sessions.host(journal)?.close(command.id),
    "terminal.open": (command, journal) => terminals.open(command, journal),
    "terminal.record": (command) => terminals.record(command),
  };

  function startTurn(command: CommandOf<"turn.start">, journal: SessionJournal): void {
    if (journal.state.terminal !== null) {
      const message = "This session is a terminal: it takes keys, not messages. Open it and type.";
      record(journal, { type: "turn.failed", turn_id: command.turn_id, error: { kind: "protocol", message } });
      acknowledge(command.id, "applied");
      return;
    }
    const host = sessions.host(journal);
    if (host !== undefined && host.endpoint_id === command.endpoint_id) {
      host.take(command);
      return;
    }
    const message = `This runtime has no endpoint "${command.endpoint_id}".`;
    record(journal, { type: "turn.failed", turn_id: command.turn_id, error: { kind: "spawn", message } });
    acknowledge(command.id, "applied");
  }

  function answerApproval(command: CommandOf<"approval.answer">, journal: SessionJournal): void | Promise<void> {
    const host = sessions.host(journal);
    if (host !== undefined) return host.answer(command);
    const reason = "This agent is no longer in the runtime's config; it does not wait for this answer.";
    record(journal, { type: "approval.superseded", approval_id: command.approval_id, reason });
  }

  function record(journal: SessionJournal, event: Parameters<SessionJournal["append"]>[0]): void {
    journal.append(event);
    outbox.offer(journal);
  }

  function acknowledge(id: string, state: "delivered" | "applied" | "failed", error?: string): void {
    options.send({ type: "command.ack", id, state, ...(error === undefined ? {} : { error }) });
  }

  function carryOut(command: RuntimeCommand, journal: SessionJournal): void {
    if (command.kind === "turn.start") {
      handlers["turn.start"](command, journal);
      if (journal.state.remembered.get(command.id)?.state === "delivered") acknowledge(command.id, "delivered");
      return;
    }
    const finish = (error?: unknown) => {
      const failure = error === undefined ? undefined : describe(error);
      const state = failure === undefined ? "applied" : "failed";
      journal.finish({ id: command.id, state, error: failure });
      acknowledge(command.id, state, failure);
    };
    try {
      const handled = handle(command, journal);
      if (handled === undefined) {
        finish();
        return;
      }
      acknowledge(command.id, "delivered");
      handled.then(() => finish(), finish);
    } catch (error) {
      finish(error);
    }
  }

  function handle<K extends RuntimeCommand["kind"]>(command: CommandOf<K>, journal: SessionJournal): undefined | Promise<void> {
    return (handlers[command.kind as K](command, journal) ?? undefined) as undefined | Promise<void>;
  }

  /** A command for a session that is not on this disk: there is nothing to stop, answer or close. */
  function takeUnknown(command: CommandOf<"turn.cancel" | "approval.answer" | "session.close" | "terminal.record">): void {
    const { session_id } = command;
    if (command.kind === "approval.answer") {
      const { approval_id } = command;
      const reason = "The runtime no longer has this session's data; the agent does not wait for this answer.";
      record(journals.open(session_id), { type: "approval.superseded", approval_id, reason });
    }
    if (command.kind === "turn.cancel") {
      // The hub believes that the turn is here. It is not, and without an end it would stay open there for ever.
      const message = "The runtime no longer has this session's data; the turn was lost.";
      record(journals.open(session_id), { type: "turn.failed", turn_id: command.turn_id, error: { kind: "interrupted", message } });
    }
    if (command.kind === "terminal.record") acknowledge(command.id, "failed", "No terminal is open in this session.");
    else acknowledge(command.id, "applied");
  }

  return {
    take(command) {
      const known = journals.get(command.session_id);
      const before = known === undefined ? undefined : recall(command, known);
      if (before !== undefined) {
        acknowledge(command.id, before.state, before.error);
        return;
      }
      if (known === undefined && !begins(command)) {
        takeUnknown(command);
        return;
      }
      const journal = known ?? journals.open(command.session_id);
      try {
        journal.take(command);
      } catch (error) {
        log.error({ err: error, command_id: command.id }, "cannot write a command down");
        // A turn must not begin without a record, but a full disk must not keep anybody from stopping the agent that fills it.
        if (command.kind === "turn.start") {
          acknowledge(command.id, "failed", `the runtime cannot write to its disk: ${describe(error)}`);
          return;
        }
      }
      carryOut(command, journal);
    },
    recover() {
      for (const journal of journals.all()) {
        // Stops and answers first: they may concern a turn that waits.
        const pending = [...journal.state.pending];
        for (const command of pending) if (command.kind !== "turn.start") carryOut(command, journal);
        for (const command of pending) if (command.kind === "turn.start") carryOut(command, journal);
      }
    },
    refuse(text, error) {
      log.warn({ reason: describe(error) }, "cannot read a frame of the hub");
      try {
        const frame = unreadableCommandSchema.safeParse(JSON.parse(text)).data;
        if (frame !== undefined) acknowledge(frame.command.id, "failed", `this runtime does not understand it: ${describe(error)}`);
      } catch {
        // Not even JSON: there is nobody to answer.
      }
    },
  };
}

/** Whether the command may be the first of its session. */
function begins(command: RuntimeCommand): command is CommandOf<"turn.start" | "session.configure" | "terminal.open"> {
  return command.kind === "turn.start" || command.kind === "session.configure" || command.kind === "terminal.open";
}

/** What is remembered of a command; a turn that began or ended here once is never run again, whatever its command's id. */
function recall(command: RuntimeCommand, { state }: SessionJournal): RememberedCommand | undefined {
  return state.remembered.get(command.id) ?? (command.kind === "turn.start" ? findTurn(state, command.turn_id) : undefined);
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 4_000);
}
