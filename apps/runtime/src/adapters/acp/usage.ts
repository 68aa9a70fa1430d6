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

export function createUsage(): TurnUsage {
  /** Money spent in the conversation, and before the running turn, as far as it is known. */
  let total: number | undefined;
  let before: number | undefined;
  let usage: Usage = {};

  const told = (): AgentEvent[] => [{ type: "usage.updated", usage: { ...usage } }];

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
      return used === undefined && size === undefined && price === undefined ? [] : told();
    },
    prompted({ usage: native }) {
      if (native === undefined) return [];
      const { inputTokens = 0, outputTokens = 0, cachedReadTokens = 0, cachedWriteTokens = 0, totalTokens = 0 } = native;
      // Some count what was read from the cache into the input, others beside it; the total tells.
      const apart = inputTokens + cachedReadTokens + cachedWriteTokens;
      const input = apart + outputTokens <= totalTokens ? apart : inputTokens;
      usage = {
        ...usage,
        input_tokens: (usage.input_tokens ?? 0) + input,
        output_tokens: (usage.output_tokens ?? 0) + outputTokens,
        cached_tokens: (usage.cached_tokens ?? 0) + cachedReadTokens,
      };
      return told();
    },
  };
}
