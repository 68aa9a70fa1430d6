/** Tokens, money and the fullness of a context in words. */
import type { SessionState, Usage } from "@fairlead/protocol";

/** A count of tokens: `840`, `12.3k`, `1.2M`. */
export function tokenWords(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  const [value, unit] = tokens < 999_950 ? [tokens / 1_000, "k"] : [tokens / 1_000_000, "M"];
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}

/** An amount of US dollars: `$0.042`, `$1.20`; a tiny one is not said to be nothing. */
export function costWords(dollars: number): string {
  if (dollars === 0) return "$0";
  if (dollars < 0.001) return "< $0.001";
  return `$${dollars < 0.1 ? dollars.toFixed(3) : dollars.toFixed(2)}`;
}

/** How full the context is, in percent; undefined where the agent does not say. */
export function contextPercent(usage: Usage | null): number | undefined {
  const { context_tokens, context_size } = usage ?? {};
  if (context_tokens === undefined || context_size === undefined || context_size === 0) return undefined;
  return Math.min(100, Math.round((context_tokens / context_size) * 100));
}

/** One turn: `↑12.3k ↓840 · $0.042`; empty where nothing is known. */
export function usageWords(usage: Usage | null): string {
  if (usage === null) return "";
  const { input_tokens, output_tokens, cost_usd } = usage;
  const up = input_tokens === undefined ? "" : `↑${tokenWords(input_tokens)}`;
  const down = output_tokens === undefined ? "" : `↓${tokenWords(output_tokens)}`;
  const cost = cost_usd === undefined || cost_usd === 0 ? "" : costWords(cost_usd);
  return [[up, down].filter(Boolean).join(" "), cost].filter(Boolean).join(" · ");
}

/** All that a session used: its turns that are over, and the one that runs. */
export function totalUsage({ used, usage, turn }: Pick<SessionState, "used" | "usage" | "turn">): SessionState["used"] {
  if (turn === null || usage === null) return used;
  return {
    input_tokens: used.input_tokens + (usage.input_tokens ?? 0),
    output_tokens: used.output_tokens + (usage.output_tokens ?? 0),
    cost_usd: used.cost_usd + (usage.cost_usd ?? 0),
  };
}
