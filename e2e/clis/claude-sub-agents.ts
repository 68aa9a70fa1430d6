/** A scenario of Claude Code's sub-agents: what they say, think and do is told while they work, inside the call that made them. */
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, type Scenario } from "./scenario.ts";

export const CLAUDE_SUB_AGENTS: readonly Scenario[] = [
  {
    name: "a sub-agent's thoughts, words and calls stand within its call while it works",
    async run(stage) {
      const { bench, mark } = stage;
      const talk = await bench.talk();
      const script = ["THINK:let me see", "SAY:I look", `TOOL:bash:touch ${fileOf(stage, "within")}`, `HOLD:${mark}`, "SAY:all seen"].join(
        "\n",
      );
      const input = { description: "look", run_in_background: false, subagent_type: "general-purpose", prompt: script };
      const turn = talk.send(`TOOL:Agent:${JSON.stringify(input)}\nSAY:done with it`);
      const question = await talk.answer("allow_once");
      await until("the sub-agent waits", () => bench.model.held(mark) === 1);
      const within = () => talk.toolsOf(turn)[0]?.children.toArray() ?? [];
      const shown = () =>
        within().map((block) => {
          if (block.type === "agent") return [block.kind, block.text.toString().split("\n", 1)[0]];
          return block.type === "tool" ? [block.tool, block.status] : [block.type];
        });
      const before = [
        ["thought", "let me see"],
        ["answer", "I look"],
        ["Bash", "completed"],
      ];
      await until("its work is shown", () => shown().length === before.length && shown().at(-1)?.[1] === "completed");
      expect(shown()).toEqual(before);
      expect(within().some((block) => block.type === "tool" && block.tool_call_id === question.tool_call_id)).toBe(true);
      expect(talk.toolsOf(turn)).toMatchObject([{ tool: "Agent", status: "in_progress" }]);
      bench.model.release(mark);
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(shown()).toEqual([...before, ["answer", "all seen"]]);
      expect(talk.answerOf(turn)).toMatch(/^done with it/);
      expect(talk.toolsOf(turn)).toMatchObject([{ tool: "Agent", status: "completed" }]);
    },
  },
];
