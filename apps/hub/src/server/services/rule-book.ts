/** All rules in memory, as they stand in the database: deciding must not wait for it. */
import { type Rule, ruleConditionsSchema, ruleDraftSchema } from "@fairlead/protocol";
import type { Prisma, PrismaClient } from "../../../generated/sqlite/client.ts";
import { type Condition, readRule } from "../domain/rules.ts";

export const withMaker = { user: { select: { username: true } } } satisfies Prisma.RuleInclude;
export type RuleRow = Prisma.RuleGetPayload<{ include: typeof withMaker }>;

/** A rule with whose it is. */
export type OwnedRule = Rule & { readonly user_id: string };

/** A rule that is ready to decide. */
export type StandingRule = OwnedRule & Condition;

export interface RuleBook {
  /** Reads them if nobody has yet. */
  ready(): Promise<void>;
  /** Reads them again; whoever changed one awaits this before saying so. */
  reload(): Promise<void>;
  /** The enabled rules that hold for a user's sessions, oldest first. */
  rulesFor(userId: string): readonly StandingRule[];
}

export function toRule(row: RuleRow): OwnedRule {
  const { effect, scope } = ruleDraftSchema.shape;
  return {
    id: row.id,
    user_id: row.userId,
    effect: effect.parse(row.effect),
    when: ruleConditionsSchema.parse(JSON.parse(row.conditions)),
    note: row.note,
    scope: scope.parse(row.scope),
    enabled: row.enabled,
    created_by: row.user.username,
    created_at: row.createdAt.toISOString(),
  };
}

export function createRuleBook(prisma: PrismaClient): RuleBook {
  let rules: readonly StandingRule[] = [];
  let loaded = false;
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const rows = await prisma.rule.findMany({
      where: { enabled: true },
      include: withMaker,
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    rules = rows.map((row) => readRule(toRule(row)));
    loaded = true;
  }

  /** One reading after the other, so that the newest has the last word. */
  function reload(): Promise<void> {
    reading = reading.then(read, read);
    return reading;
  }

  return {
    reload,
    async ready() {
      if (!loaded) await reload();
    },
    rulesFor: (userId) => rules.filter(({ scope, user_id }) => scope === "everyone" || user_id === userId),
  };
}
