/** Lets rules answer what agents ask: in the transaction that stores the question, and for open ones when a rule is made. */
import { type Actor, type ApprovalRequested, type EventDraft, MAX_RULE_TEXT_CHARS, type RuleText } from "@fairlead/protocol";
import { type Call, callOf, judge, optionFor } from "../domain/rules.ts";
import type { NewCommand, Reaction, SessionRecord } from "../storage/contract.ts";
import { answered } from "./answers.ts";
import { requestOf } from "./approval-pages.ts";
import type { EventsFrame } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { refuseTooMany } from "./open-questions.ts";
import { toAppError } from "./operation.ts";
import { createPause } from "./pauses.ts";
import type { OwnedRule, RuleBook } from "./rule-book.ts";

/** A question taken apart before the log is locked. `at`: when it was asked (ms since the epoch); undefined: just now. */
interface Prepared {
  readonly call: Call;
  readonly at?: number;
}

/** Open questions looked at when a rule is made; the rest waits for people. */
const MOST_OPEN = 500;
/** How many of them are decided in one transaction. */
const OPEN_AT_ONCE = 25;

export type Rulings = ReturnType<typeof createRulings>;

export function createRulings({ db: { prisma, log: eventLog }, log }: Pick<ServiceDependencies, "db" | "log">, book: RuleBook) {
  /** Decides the session's open questions among the prepared ones. Never throws: whatever goes wrong, people are asked. */
  function rule(session: SessionRecord, prepared: ReadonlyMap<string, Prepared>): Reaction {
    const drafts: EventDraft[] = [];
    const commands: NewCommand[] = [];
    try {
      const rules = book.rulesFor(session.user_id);
      for (const open of session.state.approvals) {
        const known = prepared.get(open.approval_id);
        if (known === undefined || (known.at !== undefined && known.at !== open.requested_at)) continue;
        const verdict = judge(rules, { ...known.call, endpoint_id: session.endpoint_id });
        const option = optionFor(verdict.effect, open.options);
        if (verdict.rule === undefined || option === undefined) continue;
        const { draft, command } = answered(session.id, open, { option, ...wordsOf(verdict.rule), ...namedIn(verdict.rule) });
        drafts.push(draft);
        commands.push(command);
      }
    } catch (thrown) {
      toAppError(thrown, "rules", log);
      return { drafts: [], commands: [] };
    }
    return { drafts, commands };
  }

  /** Empty where the rules cannot be read: then people are asked. */
  async function prepare(asked: readonly ApprovalRequested[]): Promise<ReadonlyMap<string, Prepared>> {
    const prepared = new Map<string, Prepared>();
    try {
      await book.ready();
    } catch (thrown) {
      toAppError(thrown, "rules", log);
      return prepared;
    }
    const pause = createPause();
    for (const request of asked) {
      prepared.set(request.approval_id, { call: callOf("", request) });
      await pause();
    }
    return prepared;
  }

  return {
    /** What the log does about a runtime's events by itself; undefined where nothing is asked. */
    async reactionTo({ events }: EventsFrame): Promise<((input: { readonly session: SessionRecord }) => Reaction) | undefined> {
      const asked = events.filter(
        (event): event is EventsFrame["events"][number] & ApprovalRequested => event.type === "approval.requested",
      );
      if (asked.length === 0) return undefined;
      const prepared = await prepare(asked);
      return ({ session }) => refuseTooMany(session, rule(session, prepared));
    },

    /** Decides what is open now, a few questions at a time. `userId`: of this user; undefined: of everybody. */
    async decideOpen(userId: string | undefined): Promise<void> {
      const where = { state: "open", ...(userId === undefined ? {} : { userId }) };
      const keys = await prisma.approval.findMany({ where, orderBy: { requestedAt: "desc" }, take: MOST_OPEN, select: OPEN_KEYS });
      const pause = createPause();
      for (const sessionId of new Set(keys.map((key) => key.sessionId))) {
        const ids = keys.filter((key) => key.sessionId === sessionId).map((key) => key.approvalId);
        for (let from = 0; from < ids.length; from += OPEN_AT_ONCE) {
          const some = { sessionId, state: "open", approvalId: { in: ids.slice(from, from + OPEN_AT_ONCE) } };
          const prepared = new Map<string, Prepared>();
          for (const row of await prisma.approval.findMany({ where: some })) {
            prepared.set(row.approvalId, { call: callOf(row.endpointId, requestOf(row)), at: row.requestedAt.getTime() });
            await pause();
          }
          await eventLog.append(sessionId, ({ session }) => ({ ...rule(session, prepared), value: undefined }));
        }
      }
    },
  };
}

const OPEN_KEYS = { sessionId: true, approvalId: true } as const;

/** Which rule it is, and what it says now: it may be changed or removed later. */
function namedIn({ id, effect, when }: OwnedRule): { readonly rule_id: string; readonly rule?: RuleText } {
  const rule = { effect, when };
  return { rule_id: id, ...(JSON.stringify(rule).length > MAX_RULE_TEXT_CHARS ? {} : { rule }) };
}

/** Whose rule it is, and what the agent is told of it. */
function wordsOf({ effect, note, user_id, created_by }: OwnedRule): { readonly by: Actor; readonly reason?: string } {
  const by = { id: user_id, name: created_by };
  if (effect !== "deny") return { by };
  return { by, reason: note === "" ? "denied by rule" : `denied by rule: ${note}` };
}
