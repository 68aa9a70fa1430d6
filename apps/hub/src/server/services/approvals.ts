/** What agents ask: showing it, and answering it. The first valid answer wins, every later one is told who was first. */
import { AppError, type ApprovalRequested, type OperationArguments, type SessionEvent, sessionEventSchema } from "@fairlead/protocol";
import { checkAnswers } from "../domain/approval-answers.ts";
import { actorOf, type Principal, type UserPrincipal } from "../domain/principal.ts";
import { proposeRule } from "../domain/rule-proposals.ts";
import { callOf } from "../domain/rules.ts";
import type { Decision, DecisionInput, SessionRecord } from "../storage/contract.ts";
import { answered } from "./answers.ts";
import { findApproval, readApprovals, requestOf, toApproval } from "./approval-pages.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implement, implementOn } from "./operation.ts";

type Answer = OperationArguments<"approvals.answer">;
type Named = Pick<Answer, "session_id" | "approval_id">;

/** What was asked, and when (ms since the epoch): the same id may be asked again with something else in it. */
interface Asked {
  readonly request: ApprovalRequested;
  readonly at: number;
}

export function createApprovals({ db: { log: eventLog, prisma } }: Pick<ServiceDependencies, "db">) {
  const subject = ({ session_id }: { readonly session_id: string }) => eventLog.session(session_id);

  /** Events about an approval, the newest first. */
  async function said({ session_id, approval_id }: Named, types: readonly SessionEvent["type"][]): Promise<SessionEvent[]> {
    const rows = await prisma.sessionEvent.findMany({
      where: { sessionId: session_id, type: { in: [...types] }, data: { contains: JSON.stringify(approval_id) } },
      orderBy: { seq: "desc" },
      select: { data: true },
    });
    return rows
      .map((row) => sessionEventSchema.parse(JSON.parse(row.data)))
      .filter((event) => "approval_id" in event && event.approval_id === approval_id);
  }

  /** From its row; questions that are older than such rows stand in the log alone. */
  async function findAsked(named: Named): Promise<Asked | undefined> {
    const row = await findApproval(prisma, named.session_id, named.approval_id);
    if (row !== undefined) return { request: requestOf(row), at: row.requestedAt.getTime() };
    const [event] = await said(named, ["approval.requested"]);
    return event?.type === "approval.requested" ? { request: event, at: event.at } : undefined;
  }

  async function find(named: Named) {
    const row = await findApproval(prisma, named.session_id, named.approval_id);
    if (row === undefined) throw new AppError("NOT_FOUND", "there is no such approval");
    return row;
  }

  async function refuse(answer: Answer): Promise<never> {
    const [last] = await said(answer, ["approval.requested", "approval.resolved", "approval.withdrawn"]);
    if (last === undefined) throw new AppError("NOT_FOUND", "there is no such approval");
    if (last.type === "approval.resolved") {
      const who = last.rule_id === undefined ? last.by.name : `a rule of ${last.by.name}`;
      throw new AppError("CONFLICT", last.expired === true ? "nobody answered in time" : `${who} answered this already: ${last.option_id}`);
    }
    const why = last.type === "approval.withdrawn" ? last.reason : "its turn has ended";
    throw new AppError("CONFLICT", `the agent no longer waits for this answer: ${why}`);
  }

  return {
    operations: {
      "approvals.list": implement("approvals.list", {
        run({ principal }, { state, scope, limit, offset }) {
          const where = { ...visibleTo(principal, scope), ...(state === undefined ? {} : { state }) };
          return readApprovals(prisma, where, { limit, offset });
        },
      }),
      "approvals.count": implement("approvals.count", {
        run: async ({ principal }, { scope }) => ({
          open: await prisma.approval.count({ where: { ...visibleTo(principal, scope), state: "open" } }),
        }),
      }),
      "approvals.get": implementOn("approvals.get", {
        verb: "session.read",
        subject,
        run: async (_context, named) => toApproval(await find(named)),
      }),
      "approvals.answer": implementOn("approvals.answer", {
        verb: "session.answer",
        subject,
        async run({ principal }, answer) {
          const asked = await findAsked(answer);
          const { value } = await eventLog.append(answer.session_id, (input) => decideAnswer(input, { answer, asked, principal }));
          if (value === "not_open") return refuse(answer);
          return { status: "answered", option_id: answer.option_id };
        },
      }),
      "approvals.propose_rule": implementOn("approvals.propose_rule", {
        verb: "session.read",
        subject,
        async run(_context, named, session: SessionRecord) {
          return proposeRule(callOf(session.endpoint_id, requestOf(await find(named))));
        },
      }),
    },
  };
}

/** Throws AppError FORBIDDEN where somebody else's are asked for without the right to. */
function visibleTo(principal: UserPrincipal, scope: "mine" | "all"): { readonly userId?: string } {
  if (scope === "mine") return { userId: principal.user_id };
  if (principal.role !== "admin") throw new AppError("FORBIDDEN", "only an admin sees everybody's approvals");
  return {};
}

interface Attempt {
  readonly answer: Answer;
  readonly asked: Asked | undefined;
  readonly principal: Principal;
}

function decideAnswer({ session }: DecisionInput, { answer, asked, principal }: Attempt): Decision<"answered" | "not_open"> {
  const open = session.state.approvals.find((approval) => approval.approval_id === answer.approval_id);
  if (open === undefined) return { drafts: [], value: "not_open" };
  const isOther = answer.input_hash !== undefined && answer.input_hash !== open.input_hash;
  if (isOther || (asked !== undefined && asked.at !== open.requested_at)) {
    throw new AppError("CONFLICT", "the agent asks for something else now; look at it again");
  }
  const option = open.options.find(({ id }) => id === answer.option_id);
  if (option === undefined) {
    const known = open.options.map(({ id }) => id).join(", ");
    throw new AppError("INVALID_INPUT", `option_id: this approval offers ${known}`);
  }
  checkAnswers(asked?.request.questions ?? [], option, answer.answers);
  const { reason, answers } = answer;
  const { draft, command } = answered(session.id, open, { option, reason, answers, by: actorOf(principal) });
  return { drafts: [draft], commands: [command], value: "answered" };
}
