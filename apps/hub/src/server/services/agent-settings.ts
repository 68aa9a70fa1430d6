/** The options of a session's agent, and the files it changed. */
import { randomUUID } from "node:crypto";
import { type Actor, AppError, type OperationArguments, type OperationOutput, sessionEventSchema } from "@fairlead/protocol";
import { foldChanges } from "../domain/changed-files.ts";
import { actorOf } from "../domain/principal.ts";
import type { Decision, DecisionInput, SessionRecord } from "../storage/contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implementOn } from "./operation.ts";

/** Numbers of the log that one query looks at: others are served between two. */
const NUMBERS_AT_ONCE = 1_000;

export function createAgentSettings({ db: { prisma, log: eventLog } }: Pick<ServiceDependencies, "db">) {
  const subject = ({ session_id }: { readonly session_id: string }) => eventLog.session(session_id);

  async function changes({ id, state }: SessionRecord): Promise<OperationOutput<"sessions.changes">> {
    const fold = foldChanges(state.work_dir);
    for (let after = 0; after < state.seq; after += NUMBERS_AT_ONCE) {
      const rows = await prisma.sessionEvent.findMany({
        where: { sessionId: id, seq: { gt: after, lte: after + NUMBERS_AT_ONCE }, type: { in: ["tool.started", "tool.updated"] } },
        orderBy: { seq: "asc" },
        select: { data: true },
      });
      for (const row of rows) fold.add(sessionEventSchema.parse(JSON.parse(row.data)));
    }
    return fold.changes();
  }

  return {
    operations: {
      "sessions.configure": implementOn("sessions.configure", {
        verb: "session.configure",
        subject,
        async run({ principal }, input) {
          const by = actorOf(principal);
          await eventLog.append(input.session_id, (decision) => decideConfigure(decision, input, by));
          return { status: "requested" };
        },
      }),
      "sessions.changes": implementOn("sessions.changes", {
        verb: "session.read",
        subject,
        async run(_context, { detail }, session) {
          const found = await changes(session);
          return detail === "patches" ? found : { ...found, files: found.files.map((file) => ({ ...file, patches: [] })) };
        },
      }),
    },
  };
}

function decideConfigure(
  { session }: DecisionInput,
  { option_id, value_id }: OperationArguments<"sessions.configure">,
  by: Actor,
): Decision<undefined> {
  const { config, closed } = session.state;
  if (closed === "user" || closed === "admin") throw new AppError("CONFLICT", "this session is closed; start a new one");
  if (config.length === 0) throw new AppError("CONFLICT", "this agent has not told any options yet; write to it first");
  const option = config.find(({ id }) => id === option_id);
  if (option === undefined) throw new AppError("INVALID_INPUT", `option_id: this agent has ${listed(config)}`);
  if (!option.values.some(({ id }) => id === value_id)) {
    throw new AppError("INVALID_INPUT", `value_id: ${option.name} can be ${listed(option.values)}`);
  }
  const change = { option_id, value_id };
  const endpoint_id = session.local_endpoint_id;
  return {
    drafts: [{ type: "session.configured", ...change, by }],
    commands: [{ command: { id: randomUUID(), session_id: session.id, kind: "session.configure", endpoint_id, ...change } }],
    value: undefined,
  };
}

function listed(things: readonly { readonly id: string }[]): string {
  return things.map(({ id }) => id).join(", ");
}
