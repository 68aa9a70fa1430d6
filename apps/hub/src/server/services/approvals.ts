/** Answering what an agent asks: the first valid answer wins, every later one is told who was first. */
import { randomUUID } from "node:crypto";
import { AppError, type OperationArguments, type SessionEvent, sessionEventSchema } from "@fairlead/protocol";
import { actorOf, type Principal } from "../domain/principal.ts";
import type { Decision, DecisionInput } from "../storage/contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implementOn } from "./operation.ts";

type Answer = OperationArguments<"approvals.answer">;

export function createApprovals({ db: { log: eventLog, prisma } }: Pick<ServiceDependencies, "db">) {
  /** The newest event about an approval that is no longer open. */
  async function lastWord(sessionId: string, approvalId: string): Promise<SessionEvent | undefined> {
    const rows = await prisma.sessionEvent.findMany({
      where: {
        sessionId,
        type: { in: ["approval.requested", "approval.resolved", "approval.withdrawn"] },
        data: { contains: JSON.stringify(approvalId) },
      },
      orderBy: { seq: "desc" },
      select: { data: true },
    });
    return rows
      .map((row) => sessionEventSchema.parse(JSON.parse(row.data)))
      .find((event) => "approval_id" in event && event.approval_id === approvalId);
  }

  async function refuse({ session_id, approval_id }: Answer): Promise<never> {
    const last = await lastWord(session_id, approval_id);
    if (last === undefined) throw new AppError("NOT_FOUND", "there is no such approval");
    if (last.type === "approval.resolved") {
      throw new AppError("CONFLICT", `${last.by.name} answered this already: ${last.option_id}`);
    }
    const why = last.type === "approval.withdrawn" ? last.reason : "its turn has ended";
    throw new AppError("CONFLICT", `the agent no longer waits for this answer: ${why}`);
  }

  return {
    operations: {
      "approvals.answer": implementOn("approvals.answer", {
        verb: "session.answer",
        subject: ({ session_id }) => eventLog.session(session_id),
        async run({ principal }, answer) {
          const { value } = await eventLog.append(answer.session_id, (input) => decideAnswer(input, answer, principal));
          if (value === "not_open") return refuse(answer);
          return { status: "answered", option_id: answer.option_id };
        },
      }),
    },
  };
}

function decideAnswer({ session }: DecisionInput, answer: Answer, principal: Principal): Decision<"answered" | "not_open"> {
  const open = session.state.approvals.find((approval) => approval.approval_id === answer.approval_id);
  if (open === undefined) return { drafts: [], value: "not_open" };
  if (!open.options.some((option) => option.id === answer.option_id)) {
    const known = open.options.map((option) => option.id).join(", ");
    throw new AppError("INVALID_INPUT", `option_id: this approval offers ${known}`);
  }
  const { approval_id, option_id } = answer;
  const said = { approval_id, option_id, ...(answer.reason === undefined ? {} : { reason: answer.reason }) };
  return {
    drafts: [
      {
        type: "approval.resolved",
        ...said,
        by: actorOf(principal),
        ...(open.turn_id === undefined ? {} : { turn_id: open.turn_id }),
      },
    ],
    commands: [{ command: { id: randomUUID(), session_id: session.id, kind: "approval.answer", ...said } }],
    value: "answered",
  };
}
