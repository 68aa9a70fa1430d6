/** Housekeeping: messages past their deadline fail, questions past theirs are refused, sessions nobody uses are suspended, old logs and audit entries go. */
import { activityOf, type EventDraft, type RuntimeCommand, type TerminalState } from "@fairlead/protocol";
import { actorOf, SYSTEM } from "../domain/principal.ts";
import { rejectingOption } from "../domain/rules.ts";
import { isUnused } from "../domain/titles.ts";
import type { Decision, DecisionInput } from "../storage/contract.ts";
import { answered } from "./answers.ts";
import { cancelCommand, closeCommand } from "./commands.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import type { Files } from "./files.ts";
import { toAppError } from "./operation.ts";
import type { RuleBook } from "./rule-book.ts";

/** Rows of one kind handled in one sweep; the rest waits for the next. */
const AT_ONCE = 500;
/** Whole logs are deleted in small groups, because everything else waits for the same lock. */
const PURGED_AT_ONCE = 20;

const EXPIRED = { kind: "expired", message: "the runtime did not come back before this message's deadline" } as const;

type Needs = Pick<ServiceDependencies, "db" | "config" | "log" | "audit">;

export interface SweepParts {
  readonly files: Pick<Files, "forget">;
  readonly book: RuleBook;
}

export function createSweep({ db, config, log, audit }: Needs, { files, book }: SweepParts): (now: number) => Promise<void> {
  const { prisma, log: eventLog, commands } = db;

  async function expireMessages(now: number): Promise<void> {
    const overdue = await commands.overdue(now, AT_ONCE);
    for (const sessionId of new Set(overdue.map((command) => command.session_id))) {
      const late = new Map(overdue.filter((command) => command.session_id === sessionId).map((command) => [command.id, command]));
      await eventLog.append(sessionId, (input) => decideExpiry(input, late), { with_undelivered: true });
    }
  }

  async function expireApprovals(now: number): Promise<void> {
    const where = { state: "open", expiresAt: { lte: new Date(now) } };
    const overdue = await prisma.approval.findMany({
      where,
      orderBy: { expiresAt: "asc" },
      take: AT_ONCE,
      select: { sessionId: true, approvalId: true, requestedAt: true },
    });
    for (const sessionId of new Set(overdue.map((row) => row.sessionId))) {
      const late = overdue.filter((row) => row.sessionId === sessionId);
      const askedAt = new Map(late.map((row) => [row.approvalId, row.requestedAt.getTime()]));
      await eventLog.append(sessionId, (input) => decideUnanswered(input, askedAt));
      // What is open still has no way to say no; looked at again and again, it would keep others from their turn.
      await prisma.approval.updateMany({
        where: { ...where, sessionId, approvalId: { in: [...askedAt.keys()] } },
        data: { expiresAt: null },
      });
    }
  }

  /** Another process of this hub may have changed them. */
  const readRules = (): Promise<void> => book.reload();

  async function suspendIdle(now: number): Promise<void> {
    const limit = config.session.idle_timeout;
    if (limit === 0) return;
    const rows = await prisma.session.findMany({
      where: { activity: "idle", updatedAt: { lt: new Date(now - limit) } },
      orderBy: { updatedAt: "asc" },
      take: AT_ONCE,
      select: { id: true },
    });
    for (const { id } of rows) await eventLog.append(id, (input) => decideSuspension(input, now - limit));
  }

  async function deleteOld(now: number): Promise<void> {
    if (config.storage.retention === 0) return;
    // A suspended session is closed until somebody writes to it again; one that nobody woke for so long is old, too.
    const gone = await eventLog.purge({ before: now - config.storage.retention, limit: PURGED_AT_ONCE, include_suspended: true });
    await files.forget(gone.map(({ id }) => id));
    if (gone.length > 0) log.info({ sessions: gone.length }, "deleted sessions older than the retention");
  }

  const forgetDeeds = (now: number): Promise<void> => audit.sweep(now);

  return async (now) => {
    // One duty that fails must not keep the others from being done.
    for (const duty of [readRules, expireMessages, expireApprovals, suspendIdle, deleteOld, forgetDeeds]) {
      await duty(now).catch((thrown: unknown) => {
        const failure = toAppError(thrown, `sweep.${duty.name}`, log);
        log.warn({ duty: duty.name, code: failure.code, error: failure.message }, "a sweep was cut short");
      });
    }
  };
}

/** Only what is still undelivered expires; what was delivered since `overdue` was asked is on its way and counts. */
function decideExpiry({ session, undelivered }: DecisionInput, overdue: ReadonlyMap<string, RuntimeCommand>): Decision<undefined> {
  const late = undelivered.filter((command) => overdue.has(command.id));
  const waiting = new Set(session.state.queue.map((queued) => queued.turn_id));
  const turns = late.flatMap(({ kind, turn_id }) => (kind === "turn.start" && turn_id !== null ? [turn_id] : []));
  const unopened = late.flatMap(({ id }) => unopenedBy(session.state.terminal, overdue.get(id)));
  return {
    drafts: [
      ...turns.filter((turn_id) => waiting.has(turn_id)).map((turn_id): EventDraft => ({ type: "turn.failed", turn_id, error: EXPIRED })),
      ...unopened,
    ],
    expire: late.map((command) => command.id),
    // The runtime may have taken it with the acknowledgement lost on the way; what is shown as expired must not run.
    // A turn that has begun meanwhile, its acknowledgement lost, is no longer late: it goes on.
    commands: [
      ...turns.filter((turn_id) => waiting.has(turn_id)).map((turn_id) => cancelCommand(session.id, turn_id)),
      ...unopened.map(() => closeCommand(session.id)),
    ],
    value: undefined,
  };
}

/** A terminal that was to open and is not open yet will not be any more. */
function unopenedBy(terminal: TerminalState | null, command: RuntimeCommand | undefined): EventDraft[] {
  if (command?.kind !== "terminal.open" || terminal?.state !== "opening" || terminal.terminal_id !== command.terminal_id) return [];
  const error = "the runtime did not come back before this terminal's deadline";
  return [{ type: "terminal.closed", terminal_id: command.terminal_id, reason: "failed", error }];
}

/** Nobody answered in time: no, for want of a yes. A question without a way to say no stays open. */
function decideUnanswered({ session }: DecisionInput, askedAt: ReadonlyMap<string, number>): Decision<undefined> {
  const given = session.state.approvals.flatMap((open) => {
    const option = askedAt.get(open.approval_id) === open.requested_at ? rejectingOption(open.options) : undefined;
    if (option === undefined) return [];
    return [answered(session.id, open, { option, reason: "nobody answered in time", expired: true, by: actorOf(SYSTEM) })];
  });
  return { drafts: given.map(({ draft }) => draft), commands: given.map(({ command }) => command), value: undefined };
}

/** Looks again under the lock: somebody may have written since the list was made. */
function decideSuspension({ session }: DecisionInput, before: number): Decision<undefined> {
  if (activityOf(session.state) !== "idle" || session.updated_at >= before) return { drafts: [], value: undefined };
  return {
    drafts: [{ type: "session.closed", reason: "idle", by: actorOf(SYSTEM) }],
    // Where nobody has written yet there is no agent to end.
    commands: isUnused(session.state) && session.state.terminal === null ? [] : [closeCommand(session.id)],
    value: undefined,
  };
}
