/** Stopping a turn: the named one, else the running one, else the oldest that waits. */
import type { Actor, OperationOutput } from "@fairlead/protocol";
import { actorOf } from "../domain/principal.ts";
import type { Decision, DecisionInput } from "../storage/contract.ts";
import { cancelCommand } from "./commands.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implementOn } from "./operation.ts";

type Outcome = OperationOutput<"sessions.stop">;

const NOTHING: Decision<Outcome> = { drafts: [], value: { status: "nothing_to_stop", turn_id: null } };

export function createTurns({ db: { log: eventLog } }: Pick<ServiceDependencies, "db">) {
  return {
    operations: {
      "sessions.stop": implementOn("sessions.stop", {
        verb: "session.stop",
        subject: ({ session_id }) => eventLog.session(session_id),
        async run({ principal }, { session_id, turn_id }) {
          const by = actorOf(principal);
          const { value } = await eventLog.append(session_id, (input) => decideStop(input, turn_id, by), { with_undelivered: true });
          return value;
        },
      }),
    },
  };
}

function decideStop({ session, undelivered }: DecisionInput, named: string | undefined, by: Actor): Decision<Outcome> {
  const { turn, queue } = session.state;
  const turnId = named ?? turn?.turn_id ?? queue[0]?.turn_id;
  if (turnId === undefined) return NOTHING;
  const cancel = cancelCommand(session.id, turnId);
  if (turn?.turn_id === turnId) {
    const value: Outcome = { status: "stopping", turn_id: turnId };
    if (turn.stop_requested) return { drafts: [], value };
    return { drafts: [{ type: "turn.stop_requested", turn_id: turnId, by }], commands: [cancel], value };
  }
  if (!queue.some((queued) => queued.turn_id === turnId)) return NOTHING;
  const waiting = undelivered.find((command) => command.kind === "turn.start" && command.turn_id === turnId);
  if (waiting === undefined) {
    const drafts = [{ type: "turn.stop_requested", turn_id: turnId, by } as const];
    return { drafts, commands: [cancel], value: { status: "stopping", turn_id: turnId } };
  }
  return {
    drafts: [{ type: "turn.completed", turn_id: turnId, stop_reason: "cancelled" }],
    withdraw: [waiting.id],
    // The runtime may have taken it already with the acknowledgement still on its way; then this ends it there.
    commands: [cancel],
    value: { status: "cancelled", turn_id: turnId },
  };
}
