/** Scenarios of turns: streamed, stopped, queued. */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, newestRequest, type Scenario } from "./scenario.ts";

export const TURNS: readonly Scenario[] = [
  {
    name: "an answer is on the screen while it is still being written",
    async run({ bench, mark }) {
      const talk = await bench.talk();
      const turn = talk.send(`CHUNKS:4;;SAY:one two three four;;HOLD:${mark};;SAY:, and five`);
      await talk.heard(turn, "one two three four");
      expect(talk.session.store.get().view.state.turn).not.toBeNull();
      expect(bench.model.held(mark)).toBe(1);
      bench.model.release(mark);
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(talk.answerOf(turn)).toContain("one two three four, and five");
      const deltas = talk.log().filter((event) => event.type === "message.delta" && event.kind === "answer");
      expect(deltas.length).toBeGreaterThan(1);
    },
  },
  {
    name: "stopping in the middle of an answer ends the turn, and the next one works",
    async run(stage) {
      const { bench, mark } = stage;
      const talk = await bench.talk();
      const prompt = `SAY:begun;;HOLD:${mark};;SAY:never`;
      const turn = talk.send(prompt);
      await talk.heard(turn, "begun");
      await talk.session.stop();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "cancelled", error: null });
      await until("the agent has let go of the model", () => newestRequest(stage, prompt)?.outcome === "left");
      expect(talk.answerOf(turn)).not.toContain("never");
      expect(await talk.say("SAY:still here")).toMatchObject({ stop_reason: "end_turn" });
      expect(talk.answerOf(1)).toContain("still here");
    },
  },
  {
    name: "stopping in the middle of a command ends the turn and the command, and the next one works",
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "pid");
      const turn = talk.send(`TOOL:bash:echo $$ > ${file}; exec sleep 600`);
      await talk.answer("allow_once");
      await until("the command runs", () => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"));
      const pid = Number(readFileSync(file, "utf8"));
      await talk.session.stop();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "cancelled", error: null });
      await until("the command is gone", () => !isRunning(pid));
      expect(await talk.say("SAY:still here")).toMatchObject({ stop_reason: "end_turn" });
    },
  },
  {
    name: "a message sent during a turn runs after it",
    async run({ bench, mark }) {
      const talk = await bench.talk();
      const first = talk.send(`SAY:first;;HOLD:${mark};;SAY: done`);
      await talk.heard(first, "first");
      const second = talk.send("SAY:second");
      await until("it waits", () => talk.session.store.get().view.state.queue.length === 1);
      bench.model.release(mark);
      const ends = [await talk.ended(first), await talk.ended(second)];
      expect(ends.map((end) => end.stop_reason)).toEqual(["end_turn", "end_turn"]);
      expect(talk.answerOf(first)).toContain("first done");
      expect(talk.answerOf(second)).toContain("second");
    },
  },
];

/** Whether a process does something; a zombie does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
