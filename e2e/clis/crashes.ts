/** Scenarios of sudden deaths: of the runtime, of the hub, of the agent. */
import { existsSync } from "node:fs";
import type { SessionEvent } from "@fairlead/protocol";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, newestRequest, type Scenario, type Stage } from "./scenario.ts";

export const CRASHES: readonly Scenario[] = [
  {
    name: "kill -9 of the runtime ends the turn as interrupted, and the conversation goes on in a new process",
    fits: (quirks) => quirks.resumes,
    async run(stage) {
      const { bench, mark } = stage;
      const talk = await bench.talk();
      await talk.say(`SAY:remember ${mark}`);
      const turn = talk.send(`SAY:begun;;HOLD:${mark}`);
      await talk.heard(turn, "begun");
      await bench.world.runtime.kill9();
      await bench.world.runtime.start();
      expect((await talk.ended(turn)).error).toMatchObject({ kind: "interrupted" });
      await goesOn(stage, talk.say);
    },
  },
  {
    name: "a question survives kill -9 of the runtime: the answer wakes the agent and is given to it once",
    fits: (quirks) => quirks.resumes,
    async run(stage) {
      const { world } = stage.bench;
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "woken");
      const turn = talk.send(`TOOL:bash:touch ${file}`);
      await talk.asked();
      await world.runtime.kill9();
      await talk.answer("allow_once");
      await world.runtime.start();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(existsSync(file)).toBe(true);
      const count = (type: string) => talk.log().filter((event) => event.type === type).length;
      expect(["requested", "resolved", "applied", "superseded"].map((what) => count(`approval.${what}`))).toEqual([1, 1, 1, 0]);
      expect(callsBesideOthers(talk.log())).toEqual([]);
    },
  },
  {
    name: "kill -9 of the hub in the middle of an answer loses nothing of it",
    async run({ bench, mark }) {
      const talk = await bench.talk();
      const turn = talk.send(`SAY:before;;HOLD:${mark};;SAY:, after`);
      await talk.heard(turn, "before");
      await bench.world.hub.kill9();
      bench.model.release(mark);
      await bench.world.hub.start();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(talk.answerOf(turn)).toContain("before, after");
    },
  },
  {
    name: "kill -9 of the agent fails the turn, and the conversation goes on in a new process",
    fits: (quirks) => quirks.resumes,
    async run(stage) {
      const { bench, mark } = stage;
      const talk = await bench.talk();
      const before = new Set(bench.world.agents());
      await talk.say(`SAY:remember ${mark}`);
      const turn = talk.send(`SAY:begun;;HOLD:${mark}`);
      await talk.heard(turn, "begun");
      const mine = bench.world.agents().filter((pid) => !before.has(pid));
      // An agent that serves several sessions has been there before.
      for (const pid of mine.length > 0 ? mine : before) process.kill(pid, "SIGKILL");
      expect((await talk.ended(turn)).error).toMatchObject({ kind: "exit" });
      await goesOn(stage, talk.say);
    },
  },
];

/** Calls that began while another was open: here that of a process that is dead. */
function callsBesideOthers(log: readonly SessionEvent[]): string[] {
  const open = new Set<string>();
  return log.flatMap((event) => {
    if (event.type !== "tool.started" && event.type !== "tool.updated") return [];
    const { type, tool_call_id, status } = event;
    const isBeside = type === "tool.started" && open.size > 0;
    if (status === "completed" || status === "failed") open.delete(tool_call_id);
    else if (type === "tool.started") open.add(tool_call_id);
    return isBeside ? [tool_call_id] : [];
  });
}

/** The agent answers again, and its model is told what was said before. */
async function goesOn(stage: Stage, say: (content: string) => Promise<unknown>): Promise<void> {
  const prompt = `SAY:back in ${stage.mark}`;
  expect(await say(prompt)).toMatchObject({ stop_reason: "end_turn", error: null });
  const request = await until("the model was asked", () => newestRequest(stage, prompt));
  const told = request.items.filter((item) => item.type === "assistant").map((item) => item.text);
  expect(told.join("\n")).toContain(`remember ${stage.mark}`);
}
