/** Rules: who has which, making, changing and removing them. */
import { randomUUID } from "node:crypto";
import { AppError, type OperationArguments, type Rule, type RuleDraft } from "@fairlead/protocol";
import type { UserPrincipal } from "../domain/principal.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { implement } from "./operation.ts";
import { createRehearsal } from "./rehearsal.ts";
import { type OwnedRule, type RuleBook, type RuleRow, toRule, withMaker } from "./rule-book.ts";
import type { Rulings } from "./rulings.ts";

/** Rules a user may have made; each costs a little at every question of an agent. */
const MOST_RULES = 500;

interface Parts {
  readonly book: RuleBook;
  readonly rulings: Rulings;
}

export function createRules(deps: Pick<ServiceDependencies, "db" | "clock">, { book, rulings }: Parts) {
  const { prisma } = deps.db;
  const perUser = createKeyedLock();
  const rehearse = createRehearsal(deps, book);

  /** One that the caller may change: NOT_FOUND for somebody else's, FORBIDDEN for one for everyone. */
  async function find(principal: UserPrincipal, id: string): Promise<OwnedRule> {
    const row = await prisma.rule.findUnique({ where: { id }, include: withMaker });
    const rule = row === null ? undefined : toRule(row);
    if (rule === undefined || (rule.scope === "mine" && rule.user_id !== principal.user_id)) {
      throw new AppError("NOT_FOUND", "there is no such rule");
    }
    requireScope(principal, rule.scope);
    return rule;
  }

  async function check(principal: UserPrincipal, { scope, when }: RuleDraft): Promise<void> {
    requireScope(principal, scope);
    if (when.endpoint_id === undefined) return;
    const endpoint = await prisma.endpoint.findUnique({ where: { id: when.endpoint_id }, select: { id: true } });
    if (endpoint === null) throw new AppError("INVALID_INPUT", "when.endpoint_id: there is no such endpoint");
  }

  async function requireRoom(userId: string): Promise<void> {
    const count = await prisma.rule.count({ where: { userId } });
    if (count >= MOST_RULES) throw new AppError("LIMIT_EXCEEDED", `you have ${count} rules and may have ${MOST_RULES}; remove one first`);
  }

  /** The rule holds from here on, also for what is open already. */
  async function takeEffect(row: RuleRow): Promise<Rule> {
    await book.reload();
    const rule = toRule(row);
    if (rule.enabled) await rulings.decideOpen(rule.scope === "everyone" ? undefined : rule.user_id);
    return shown(rule);
  }

  async function create(principal: UserPrincipal, draft: RuleDraft): Promise<Rule> {
    await check(principal, draft);
    const row = await perUser(principal.user_id, async () => {
      await requireRoom(principal.user_id);
      const place = { id: randomUUID(), userId: principal.user_id, createdAt: new Date(deps.clock.now()) };
      return prisma.rule.create({ data: { ...place, ...columnsOf(draft) }, include: withMaker });
    });
    return takeEffect(row);
  }

  async function update(principal: UserPrincipal, input: OperationArguments<"rules.update">): Promise<Rule> {
    const rule = await find(principal, input.rule_id);
    if (input.draft !== undefined) await check(principal, input.draft);
    const data = {
      // Who writes a rule's text answers for what it decides.
      ...(input.draft === undefined ? {} : { ...columnsOf(input.draft), userId: principal.user_id }),
      ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
    };
    return takeEffect(await prisma.rule.update({ where: { id: rule.id }, data, include: withMaker }));
  }

  return {
    operations: {
      "rules.list": implement("rules.list", {
        async run({ principal }) {
          const where = { OR: [{ userId: principal.user_id }, { scope: "everyone" }] };
          const rows = await prisma.rule.findMany({ where, include: withMaker, orderBy: [{ createdAt: "desc" }, { id: "desc" }] });
          return rows.map((row) => shown(toRule(row)));
        },
      }),
      "rules.create": implement("rules.create", { run: ({ principal }, draft) => create(principal, draft) }),
      "rules.update": implement("rules.update", { run: ({ principal }, input) => update(principal, input) }),
      "rules.delete": implement("rules.delete", {
        async run({ principal }, { rule_id }) {
          const { id } = await find(principal, rule_id);
          await prisma.rule.deleteMany({ where: { id } });
          await book.reload();
          return { status: "deleted" };
        },
      }),
      "rules.rehearse": implement("rules.rehearse", {
        async run({ principal }, input) {
          await check(principal, input.draft);
          if (input.rule_id !== undefined) await find(principal, input.rule_id);
          return perUser(`rehearsal of ${principal.user_id}`, () => rehearse(principal, input));
        },
      }),
    },
  };
}

function requireScope(principal: UserPrincipal, scope: RuleDraft["scope"]): void {
  if (scope === "everyone" && principal.role !== "admin") throw new AppError("FORBIDDEN", "only an admin makes rules for everyone");
}

function columnsOf({ effect, scope, note, when }: RuleDraft) {
  return { effect, scope, note, conditions: JSON.stringify(when) };
}

function shown({ user_id: _, ...rule }: OwnedRule): Rule {
  return rule;
}
