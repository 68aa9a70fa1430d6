/** What a turn used: an ACP agent counts tokens per prompt, and context and money as they stand. Pure. */
import type { AgentEvent, Usage } from "@fairlead/protocol";
import type { NativeUpdate, PromptResult } from "./wire.ts";

export interface TurnUsage {
  /** The conversation is new: nothing has been spent. Of one gone on with, what its first turn costs can not be told. */
  startNew(): void;
  /** A turn begins. */
  begin(): void;
  /** Context and money as they stand now. */
  standing(update: NativeUpdate): AgentEvent[];
  /** The figures of one prompt of the turn. */
  prompted(result: PromptResult): AgentEvent[];
}

type Counts = Required<Pick<Usage, "input_tokens" | "output_tokens" | "cached_tokens">>;

/** `sums`: the agent's figures of a prompt are those of all prompts of its process. */
export function createUsage({ sums }: { readonly sums: boolean }): TurnUsage {
  /** The sums told with the prompt before. */
  let told: Counts = { input_tokens: 0, output_tokens: 0, cached_tokens: 0 };

  /** Money spent in the conversation, and before the running turn, as far as it is known. */
  let total: number | undefined;
  let before: number | undefined;
  let usage: Usage = {};

  const event = (): AgentEvent[] => [{ type: "usage.updated", usage: { ...usage } }];

  return {
    startNew() {
      total ??= 0;
    },
    begin() {
      before = total;
      usage = { ...(usage.context_tokens === undefined ? {} : { context_tokens: usage.context_tokens }) };
    },
    standing({ used, size, cost }) {
      const price = cost?.currency === undefined || cost.currency === "USD" ? cost?.amount : undefined;
      if (price !== undefined) {
        total = price;
        // A sum that shrank was begun anew.
        if (before !== undefined) usage = { ...usage, cost_usd: price >= before ? price - before : price };
      }
      if (used !== undefined) usage = { ...usage, context_tokens: used };
      if (size !== undefined) usage = { ...usage, context_size: size };
      return used === undefined && size === undefined && price === undefined ? [] : event();
    },
    prompted({ usage: native }) {
      if (native === undefined) return [];
      const counts = countsOf(native);
      const own = sums ? since(counts, told) : counts;
      told = counts;
      usage = {
        ...usage,
        input_tokens: (usage.input_tokens ?? 0) + own.input_tokens,
        output_tokens: (usage.output_tokens ?? 0) + own.output_tokens,
        cached_tokens: (usage.cached_tokens ?? 0) + own.cached_tokens,
      };
      return event();
    },
  };
}

/** Some count what was read from the cache into the input, others beside it; the total tells. */
function countsOf(native: NonNullable<PromptResult["usage"]>): Counts {
  const { inputTokens = 0, outputTokens = 0, cachedReadTokens = 0, cachedWriteTokens = 0, totalTokens = 0 } = native;
  const apart = inputTokens + cachedReadTokens + cachedWriteTokens;
  const input_tokens = apart + outputTokens <= totalTokens ? apart : inputTokens;
  return { input_tokens, output_tokens: outputTokens, cached_tokens: cachedReadTokens };
}

function since(counts: Counts, before: Counts): Counts {
  return {
    input_tokens: Math.max(0, counts.input_tokens - before.input_tokens),
    output_tokens: Math.max(0, counts.output_tokens - before.output_tokens),
    cached_tokens: Math.max(0, counts.cached_tokens - before.cached_tokens),
  };
}
