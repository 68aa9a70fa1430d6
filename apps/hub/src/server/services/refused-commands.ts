/** What follows when a runtime will not carry out a command: nobody waits for something that never comes. */
import type { EventDraft, RuntimeCommand } from "@fairlead/protocol";
import type { Decision, DecisionInput } from "../storage/contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";

type Command<K extends RuntimeCommand["kind"]> = Extract<RuntimeCommand, { kind: K }>;

/** Reasons in events may have this many characters. */
const LONGEST_REASON = 2_000;

/** Logs it once, also when the runtime says so again. */
export async function recordRefusal(
  { db: { prisma, log: eventLog } }: Pick<ServiceDependencies, "db">,
  command: RuntimeCommand,
  error: string | undefined,
): Promise<void> {
  if (command.kind === "turn.start") {
    await eventLog.append(command.session_id, (input) => decideFailed(input, command, error ?? "the runtime refused this message"));
  } else if (command.kind === "approval.answer") {
    const { session_id: sessionId, approval_id: approvalId } = command;
    const row = await prisma.approval.findUnique({ where: { sessionId_approvalId: { sessionId, approvalId } } });
    if (row === null || row.applied || (row.state !== "answered" && row.state !== "expired")) return;
    const reason = (error ?? "the runtime could not hand the answer on").slice(0, LONGEST_REASON);
    const turn = row.turnId === null ? {} : { turn_id: row.turnId };
    const superseded: EventDraft = { type: "approval.superseded", approval_id: approvalId, reason, ...turn };
    await eventLog.append(sessionId, () => ({ drafts: [superseded], value: undefined }));
  } else if (command.kind === "session.configure") {
    await eventLog.append(command.session_id, () => ({ drafts: [notSet(command, error)], value: undefined }));
  } else if (command.kind === "terminal.open") {
    await eventLog.append(command.session_id, (input) => decideUnopened(input, command, error ?? "the runtime refused to open it"));
  } else if (command.kind === "terminal.record") {
    await eventLog.append(command.session_id, () => ({ drafts: [notRecorded(command, error)], value: undefined }));
  }
}

function decideFailed({ session: { state } }: DecisionInput, { turn_id }: Command<"turn.start">, message: string): Decision<undefined> {
  const open = state.turn?.turn_id === turn_id || state.queue.some((queued) => queued.turn_id === turn_id);
  const failed: EventDraft = { type: "turn.failed", turn_id, error: { kind: "internal", message } };
  return { drafts: open ? [failed] : [], value: undefined };
}

function decideUnopened(
  { session: { state } }: DecisionInput,
  { terminal_id }: Command<"terminal.open">,
  error: string,
): Decision<undefined> {
  const pending = state.terminal?.terminal_id === terminal_id && state.terminal.state !== "closed";
  return { drafts: pending ? [{ type: "terminal.closed", terminal_id, reason: "failed", error }] : [], value: undefined };
}

function notRecorded({ on }: Command<"terminal.record">, error: string | undefined): EventDraft {
  const what = on ? "The recording did not begin" : "The recording did not end";
  return { type: "notice", level: "warning", text: `${what}: ${error ?? "the runtime refused it"}` };
}

function notSet({ option_id }: Command<"session.configure">, error: string | undefined): EventDraft {
  return { type: "notice", level: "warning", text: `The option "${option_id}" was not changed: ${error ?? "the runtime refused it"}` };
}
