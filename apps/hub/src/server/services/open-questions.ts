/** Bounds the questions that may be open in one session: its state holds them all, and is written anew with every event. */
import { type EventDraft, MAX_OPEN_APPROVALS } from "@fairlead/protocol";
import { actorOf, SYSTEM } from "../domain/principal.ts";
import { rejectingOption } from "../domain/rules.ts";
import type { NewCommand, Reaction, SessionRecord } from "../storage/contract.ts";
import { answered } from "./answers.ts";

const reason = `${MAX_OPEN_APPROVALS} questions of this session wait for an answer already`;

/** Adds to what is decided about a session's questions that the newest of too many are refused, or withdrawn where they cannot be. */
export function refuseTooMany({ id, state }: SessionRecord, { drafts, commands }: Reaction): Reaction {
  const decided = new Set(drafts.flatMap((draft) => ("approval_id" in draft ? [draft.approval_id] : [])));
  const tooMany = state.approvals.filter((open) => !decided.has(open.approval_id)).slice(MAX_OPEN_APPROVALS);
  const refused = tooMany.map((open): { readonly draft: EventDraft; readonly command?: NewCommand } => {
    const option = rejectingOption(open.options);
    if (option !== undefined) return answered(id, open, { option, reason, by: actorOf(SYSTEM) });
    const { approval_id, turn_id } = open;
    return { draft: { type: "approval.withdrawn", approval_id, reason, ...(turn_id === undefined ? {} : { turn_id }) } };
  });
  return {
    drafts: [...drafts, ...refused.map(({ draft }) => draft)],
    commands: [...commands, ...refused.flatMap(({ command }) => (command === undefined ? [] : [command]))],
  };
}
