/** Scenarios of turns: streamed, stopped, queued. */
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, newestRequest, type Scenario } from "./scenario.ts";

export const TURNS: readonly Scenario[] = [
  {
    name: "an answer is on the screen while it is still being written",
    isEssential: true,
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
    isEssential: true,
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
      const file = fileOf(stage, "begun");
      // Found by this number: in a sandbox a command's process id is another one than outside.
      const seconds = String(randomInt(100_000, 999_999));
      const turn = talk.send(`TOOL:bash:touch ${file}; sleep ${seconds}`);
      await talk.answer("allow_once");
      await until("the command runs", () => isRunning("sleep", seconds));
      await talk.session.stop();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "cancelled", error: null });
      await until("the command is gone", () => !isRunning("sleep", seconds));
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
  {
    name: "a message that is to steer goes into the running turn where the agent takes it, else it runs after",
    async run({ bench, mark, quirks }) {
      const talk = await bench.talk();
      const turn = talk.send(`SAY:straight on;;HOLD:${mark}`);
      await talk.heard(turn, "straight on");
      const steering = talk.send("SAY:to the left", { steer: true });
      if (quirks.steers) await until("it is taken", () => talk.log().some((event) => event.type === "turn.steered"));
      else await until("it waits", () => talk.session.store.get().view.state.queue.length === 1);
      bench.model.release(mark);
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      if (!quirks.steers) expect(await talk.ended(steering)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(talk.answerOf(quirks.steers ? turn : steering)).toContain("to the left");
      expect(talk.log().filter((event) => event.type === "turn.started")).toHaveLength(quirks.steers ? 1 : 2);
    },
  },
];

/** Whether a process with exactly these arguments is there. */
function isRunning(...command: readonly string[]): boolean {
  const wanted = `${command.join("\0")}\0`;
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && commandLine(name) === wanted);
}

function commandLine(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return undefined;
  }
}
