/** Codex counts tokens over the whole conversation; people want to know what this turn used. */
import type { Usage } from "@fairlead/protocol";
import type { Tokens, TokenUsage } from "./wire.ts";

export interface UsageCounter {
  /** From now on figures are those of a new turn. */
  begin(): void;
  /** Takes a total of before this turn; Codex tells it again when a conversation is resumed. */
  skip(usage: TokenUsage): void;
  /** Takes a total and gives what the turn has used so far. */
  count(usage: TokenUsage): Usage;
}

const whole = (value: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(value)));

export function createUsageCounter(): UsageCounter {
  let seen: Tokens | undefined;
  let base: Tokens | undefined;
  return {
    begin() {
      base = seen;
    },
    skip({ total }) {
      seen = total;
      base = total;
    },
    count({ total, last, modelContextWindow }) {
      // Without a total from before, all but the last answer was used before this turn.
      base ??= {
        totalTokens: total.totalTokens - last.totalTokens,
        inputTokens: total.inputTokens - last.inputTokens,
        cachedInputTokens: total.cachedInputTokens - last.cachedInputTokens,
        outputTokens: total.outputTokens - last.outputTokens,
      };
      seen = total;
      return {
        input_tokens: whole(total.inputTokens - base.inputTokens),
        output_tokens: whole(total.outputTokens - base.outputTokens),
        cached_tokens: whole(total.cachedInputTokens - base.cachedInputTokens),
        context_tokens: whole(last.totalTokens),
        ...(typeof modelContextWindow === "number" ? { context_size: whole(modelContextWindow) } : {}),
      };
    },
  };
}
