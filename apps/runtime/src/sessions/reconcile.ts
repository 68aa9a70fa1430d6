/** Compares a journal with what the hub says it has of it, and repairs what either side lost: a power cut, a restored backup. */
import { type AckedPosition, type RuntimeEvent, runtimeEventSchema } from "@fairlead/protocol";
import type { SessionJournal } from "../hub-link/journal.ts";
import type { Outbox } from "../hub-link/outbox.ts";
import type { Logger } from "../log.ts";

const LOST_END = "How this turn ended was lost with the newest records of the hub or of this machine.";

/** Called for each session at each hello, before anything is sent over the new connection. */
export function reconcileSession(journal: SessionJournal, position: AckedPosition, { outbox, log }: { outbox: Outbox; log: Logger }): void {
  const { session_id } = journal;
  const { acked_ordinal } = position;
  const kept = turnEvents(journal);
  const lost = lostTurns(journal, position, kept);
  const missing = journal.firstOrdinal() - 1 - acked_ordinal;
  if (journal.reconcile(acked_ordinal)) {
    log.error({ session_id }, "the journal is older than what the hub has; starting a new stream");
  } else if (missing > 0) {
    // The hub would refuse what follows as a gap, at each connection anew. What it lost is gone; the rest must reach it.
    log.error({ session_id, missing }, "the hub has lost events that it had acknowledged; starting a new stream");
    journal.restream(introduction(journal, position, { missing, kept }));
  } else {
    outbox.acknowledge(journal, acked_ordinal);
  }
  for (const turn_id of lost) {
    log.warn({ session_id, turn_id }, "ending a turn that the hub holds for open and that is over here");
    journal.append({ type: "turn.failed", turn_id, error: { kind: "interrupted", message: LOST_END } });
  }
}

type TurnEvent = Extract<RuntimeEvent, { type: "turn.started" | "turn.completed" | "turn.failed" }>;

/** Beginnings and ends of turns that are still to be sent. */
function turnEvents({ unacked }: SessionJournal): TurnEvent[] {
  return unacked.flatMap((json) => {
    if (!json.subarray(0, TURN_MARK.length).equals(TURN_MARK)) return [];
    const event = runtimeEventSchema.parse(JSON.parse(json.toString("utf8")));
    return event.type === "turn.started" || event.type === "turn.completed" || event.type === "turn.failed" ? [event] : [];
  });
}

const TURN_MARK = Buffer.from('{"type":"turn.');

/**
 * Turns that nothing here will end any more. One that waits at the hub may simply not have been delivered yet, so it counts only if
 * this runtime has taken it once.
 */
function lostTurns({ state }: SessionJournal, { running_turn, queued_turns = [] }: AckedPosition, kept: readonly TurnEvent[]): string[] {
  const taken = new Set([...state.remembered.values()].map((command) => command.turn_id));
  const candidates = [...(running_turn === undefined ? [] : [running_turn]), ...queued_turns.filter((turnId) => taken.has(turnId))];
  const waiting = new Set(state.pending.flatMap((command) => (command.kind === "turn.start" ? [command.turn_id] : [])));
  const ending = new Set(kept.flatMap((event) => (event.type === "turn.started" ? [] : [event.turn_id])));
  return candidates.filter((turnId) => turnId !== state.open_turn && !waiting.has(turnId) && !ending.has(turnId));
}

/** What a hub must read first that lost the events before: that there is a hole, and which turn runs. */
function introduction(
  { state }: SessionJournal,
  { running_turn }: AckedPosition,
  { missing, kept }: { readonly missing: number; readonly kept: readonly TurnEvent[] },
): RuntimeEvent[] {
  const count = missing === 1 ? "One event" : `${missing} events`;
  const text = `${count} of this session had reached the hub and were lost there (a power cut, or a restored backup).`;
  const events: RuntimeEvent[] = [{ type: "notice", level: "warning", code: "events_lost", text }];
  const { open_turn } = state;
  const started = open_turn === running_turn || kept.some((event) => event.type === "turn.started" && event.turn_id === open_turn);
  if (open_turn !== null && !started) events.push({ type: "turn.started", turn_id: open_turn });
  return events;
}
