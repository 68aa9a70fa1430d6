/** What a turn used: Claude Code counts tokens per result, and money since its start. Pure. */
import type { Usage } from "@fairlead/protocol";
import { sizeOf } from "./translate.ts";
import type { ResultMessage } from "./wire.ts";

export interface Context {
  /** The model that talks; others may help it. */
  readonly model: string | undefined;
  readonly tokens: number | undefined;
}

export interface TurnUsage {
  /** A process begins. `isNew`: so does its conversation; else it may count what was spent before. */
  start(isNew: boolean): void;
  beginTurn(): void;
  take(result: ResultMessage, context: Context): Usage;
  /** A result that is no turn's: what it cost is not the next one's. */
  skip(result: ResultMessage): void;
}

export function createUsage(): TurnUsage {
  /** Money spent as of the last result, where that is known. */
  let total: number | undefined;
  let usage: Usage = {};

  /** What came since the last result. */
  function cost({ model_usage_since_last_result: since, total_cost_usd }: ResultMessage): number | undefined {
    const before = total;
    total = total_cost_usd ?? total;
    const parts = Object.values(since ?? {}).map(({ costUSD }) => costUSD);
    if (parts.length > 0 && parts.every((part) => part !== undefined)) return parts.reduce((sum, part) => sum + part, 0);
    if (total_cost_usd === undefined || before === undefined) return undefined;
    // A sum that shrank was begun anew, as `/clear` does.
    return total_cost_usd >= before ? total_cost_usd - before : total_cost_usd;
  }

  return {
    start(isNew) {
      total = isNew ? 0 : undefined;
    },
    beginTurn() {
      usage = {};
    },
    take(result, { model, tokens }) {
      const spent = cost(result);
      const { usage: used, modelUsage = {} } = result;
      const size = model !== undefined && Object.hasOwn(modelUsage, model) ? modelUsage[model]?.contextWindow : undefined;
      usage = {
        ...usage,
        ...(used === undefined
          ? {}
          : {
              input_tokens: (usage.input_tokens ?? 0) + sizeOf(used),
              output_tokens: (usage.output_tokens ?? 0) + (used.output_tokens ?? 0),
              cached_tokens: (usage.cached_tokens ?? 0) + (used.cache_read_input_tokens ?? 0),
            }),
        ...(spent === undefined ? {} : { cost_usd: (usage.cost_usd ?? 0) + spent }),
        ...(tokens === undefined ? {} : { context_tokens: tokens }),
        ...(size === undefined ? {} : { context_size: size }),
      };
      return usage;
    },
    skip: (result) => void cost(result),
  };
}
