/** Bounds the questions that may be open in one session: its state holds them all, and is written anew with every event. */
import { MAX_OPEN_APPROVALS, NONE_OFFERED } from "@fairlead/protocol";
import { actorOf, SYSTEM } from "../domain/principal.ts";
import { rejectingOption } from "../domain/rules.ts";
import type { Reaction, SessionRecord } from "../storage/contract.ts";
import { answered } from "./answers.ts";

const reason = `${MAX_OPEN_APPROVALS} questions of this session wait for an answer already`;

/** Adds to what is decided about a session's questions that the newest of too many are refused, and their agent told. */
export function refuseTooMany({ id, state }: SessionRecord, { drafts, commands }: Reaction): Reaction {
  const decided = new Set(drafts.flatMap((draft) => ("approval_id" in draft ? [draft.approval_id] : [])));
  const tooMany = state.approvals.filter((open) => !decided.has(open.approval_id)).slice(MAX_OPEN_APPROVALS);
  const refused = tooMany.map((open) =>
    answered(id, open, { option: rejectingOption(open.options) ?? NONE_OFFERED, reason, by: actorOf(SYSTEM) }),
  );
  return {
    drafts: [...drafts, ...refused.map(({ draft }) => draft)],
    commands: [...commands, ...refused.map(({ command }) => command)],
  };
}
