/** A scenario of pictures: what a person attaches is what the model sees. */
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { newestRequest, type Scenario } from "./scenario.ts";

/** One red dot, as a PNG. */
const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

export const PICTURES: readonly Scenario[] = [
  {
    name: "a picture that goes with a message reaches the model, byte for byte",
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = new Blob([Buffer.from(DOT, "base64")], { type: "image/png" });
      const attachment = await talk.client.upload({ sessionId: talk.id, file, name: "dot.png" }).done;
      const prompt = `SAY:a dot for ${stage.mark}`;
      expect(await talk.ended(talk.send(prompt, { attachments: [attachment] }))).toMatchObject({ stop_reason: "end_turn", error: null });
      const request = await until("the model was asked", () => newestRequest(stage, prompt));
      expect(request.pictures).toEqual([{ mime_type: "image/png", data: DOT }]);
      expect(await talk.say("SAY:and without")).toMatchObject({ stop_reason: "end_turn", error: null });
    },
  },
];
