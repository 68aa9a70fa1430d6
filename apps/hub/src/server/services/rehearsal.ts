/** Tries a rule on what agents asked lately, without saving it. */
import type { OperationArguments, OperationOutput, RuleEffect } from "@fairlead/protocol";
import type { UserPrincipal } from "../domain/principal.ts";
import { type Condition, callOf, isForPeople, judge, matches, optionFor, readRule } from "../domain/rules.ts";
import { type ApprovalRow, approvalsWhere, requestOf, toApproval } from "./approval-pages.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { createPause } from "./pauses.ts";
import type { RuleBook } from "./rule-book.ts";

type Rehearsed = OperationOutput<"rules.rehearse">;

interface Rehearsing {
  readonly draft: Condition;
  readonly instead_of: string | undefined;
}

/** How far back is looked (ms), at how many calls at most, and how many of those that match are shown. */
const WINDOW_MS = 30 * 86_400_000;
const MOST_CONSIDERED = 5_000;
const MOST_SHOWN = 100;
/** Text of the calls that are shown, in characters, about. */
const SHOWN_CHARS = 4 * 1024 * 1024;

export function createRehearsal(deps: Pick<ServiceDependencies, "db" | "clock">, book: RuleBook) {
  const { prisma } = deps.db;

  /** The effect that this draft and the rules that stand would have together; undefined: the draft does not match. */
  function effectOf({ draft, instead_of }: Rehearsing, row: ApprovalRow): RuleEffect | undefined {
    const request = requestOf(row);
    const call = callOf(row.endpointId, request);
    if (matches(draft, call) !== "yes") return undefined;
    if (draft.effect !== "ask" && optionFor(draft.effect, request.options) === undefined) return undefined;
    if (draft.effect === "allow" && isForPeople(request)) return undefined;
    const others = book.rulesFor(row.userId).filter(({ id }) => id !== instead_of);
    const { effect } = judge([...others, draft], call);
    // What the agent cannot be told is asked.
    return optionFor(effect, request.options) === undefined ? "ask" : effect;
  }

  /** `rule_id`: the rule that the draft is to replace. */
  return async (principal: UserPrincipal, { draft, rule_id }: OperationArguments<"rules.rehearse">): Promise<Rehearsed> => {
    await book.ready();
    const rehearsing = { draft: readRule(draft), instead_of: rule_id };
    const since = new Date(deps.clock.now() - WINDOW_MS);
    const where = { requestedAt: { gte: since }, ...(draft.scope === "everyone" ? {} : { userId: principal.user_id }) };
    const calls: Rehearsed["calls"] = [];
    let considered = 0;
    let matched = 0;
    let chars = 0;
    const pause = createPause();
    for await (const row of approvalsWhere(prisma, where, { limit: MOST_CONSIDERED, offset: 0 })) {
      considered += 1;
      const effect = effectOf(rehearsing, row);
      if (effect !== undefined) {
        matched += 1;
        chars += row.data.length;
        if (calls.length < MOST_SHOWN && (calls.length === 0 || chars <= SHOWN_CHARS)) calls.push({ approval: toApproval(row), effect });
      }
      await pause();
    }
    return { considered, matched, calls };
  };
}
