import { INITIAL_SESSION_STATE } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { planCount, planStep } from "./plan-words.ts";
import { fittingCommands, typedCommand } from "./slash.ts";
import { contextPercent, costWords, tokenWords, totalUsage, usageWords } from "./usage-words.ts";

describe("what was used", () => {
  it("is told shortly", () => {
    expect([0, 840, 1_000, 12_345, 99_960, 123_456, 999_960, 2_000_000].map(tokenWords)).toEqual([
      "0",
      "840",
      "1k",
      "12.3k",
      "100k",
      "123k",
      "1M",
      "2M",
    ]);
    expect([0, 0.0004, 0.0421, 1.2].map(costWords)).toEqual(["$0", "< $0.001", "$0.042", "$1.20"]);
    expect(usageWords({ input_tokens: 1_200, output_tokens: 30, cost_usd: 0.5 })).toBe("↑1.2k ↓30 · $0.50");
    expect(usageWords({ output_tokens: 30 })).toBe("↓30");
    expect([usageWords(null), usageWords({})]).toEqual(["", ""]);
  });

  it("counts the running turn once", () => {
    const used = { input_tokens: 10, output_tokens: 1, cost_usd: 0.1 };
    const usage = { input_tokens: 5, output_tokens: 2 };
    const running = { turn_id: "t", started_at: 0, stop_requested: false };
    expect(totalUsage({ ...INITIAL_SESSION_STATE, used, usage, turn: running })).toEqual({
      input_tokens: 15,
      output_tokens: 3,
      cost_usd: 0.1,
    });
    expect(totalUsage({ ...INITIAL_SESSION_STATE, used, usage, turn: null })).toEqual(used);
  });

  it("says how full the context is only where the agent does", () => {
    expect(contextPercent({ context_tokens: 50, context_size: 200 })).toBe(25);
    expect(contextPercent({ context_tokens: 500, context_size: 200 })).toBe(100);
    expect([contextPercent({ context_tokens: 5 }), contextPercent({ context_tokens: 5, context_size: 0 }), contextPercent(null)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it("tells how far a plan is", () => {
  const entries = (["completed", "in_progress", "pending"] as const).map((status) => ({
    content: status,
    priority: "low" as const,
    status,
  }));
  expect([planCount(entries), planStep(entries), planStep([])]).toEqual(["1/3", "in_progress", undefined]);
});

describe("slash commands", () => {
  const commands = [
    { name: "preview", description: "Shows it" },
    { name: "review", description: "Looks it over" },
    { name: "compact", description: "Shortens the review" },
  ];

  it("are offered while one is being written, and not within a sentence", () => {
    expect(["/", "/re", "/re ", "say /re", ""].map(typedCommand)).toEqual(["", "re", undefined, undefined, undefined]);
  });

  it("are found by their beginning first, then by any part, then by what they do", () => {
    expect(fittingCommands(commands, "RE").map(({ name }) => name)).toEqual(["review", "preview", "compact"]);
    expect(fittingCommands(commands, "nothing")).toEqual([]);
  });
});
