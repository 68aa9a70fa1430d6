/** Scenarios of a model that refuses or breaks down: the turn ends by a fact and says what kind of failure it was. */
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { type Ending, type ModelError, newestRequest, type Scenario } from "./scenario.ts";

const SCRIPTS: Readonly<Record<ModelError, string>> = {
  "401": "STATUS:401",
  "429": "STATUS:429",
  "500": "STATUS:500",
  cut: "SAY:only half;;CUT:",
};

export const MODEL_ERRORS: readonly Scenario[] = (Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[]).map((error) => ({
  name: `a model that answers with ${error === "cut" ? "a cut stream" : error} ends the turn, and the next one works`,
  fits: ({ modelErrors }) => modelErrors !== undefined,
  async run(stage) {
    const talk = await stage.bench.talk();
    const prompt = `${SCRIPTS[error]};;SAY: in ${stage.mark}`;
    const turn = talk.send(prompt);
    const expected: Ending | undefined = stage.quirks.modelErrors?.[error];
    if (expected === undefined) throw new Error(`nothing is known of ${error}`);
    if (expected === "only when it is stopped") {
      await until("the model was asked", () => newestRequest(stage, prompt)?.outcome === "failed");
      await talk.session.stop();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "cancelled" });
    } else if ("fails" in expected) {
      expect((await talk.ended(turn)).error).toMatchObject({ kind: expected.fails });
    } else {
      expect(await talk.ended(turn)).toMatchObject({ error: null });
      expect(talk.answerOf(turn)).toMatch(expected.says);
    }
    expect(await talk.say("SAY:still here")).toMatchObject({ stop_reason: "end_turn", error: null });
  },
}));
