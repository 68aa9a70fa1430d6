/** Scenarios of pictures: what a person attaches is what the model sees, and what the agent looks at is what the person sees. */
import { writeFileSync } from "node:fs";
import type { FileBlock } from "@fairlead/client";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, newestRequest, type Scenario } from "./scenario.ts";
import type { Talk } from "./talk.ts";

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

/** The scenario of an agent that looks at a picture by that tool of its own; `key`: the argument that names the file. */
export function looksAt(tool: string, key: string): Scenario {
  return {
    name: "a picture that the agent looks at comes to the person, byte for byte",
    async run(stage) {
      const talk = await stage.bench.talk();
      const path = fileOf(stage, "dot.png");
      writeFileSync(path, Buffer.from(DOT, "base64"));
      const turn = talk.send(`TOOL:${tool}:${JSON.stringify({ [key]: path })}\nSAY:a dot`);
      expect(await talk.allowAll(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      const fileId = await until("the picture is stored", () => storedPicture(talk));
      const bytes = await (await talk.client.download({ sessionId: talk.id, fileId })).arrayBuffer();
      expect(Buffer.from(bytes).toString("base64")).toBe(DOT);
    },
  };
}

function storedPicture(talk: Talk): string | undefined {
  const files = talk.blocks().filter((block): block is FileBlock => block.type === "file");
  const bytes = files.find(({ mime_type }) => mime_type === "image/png")?.bytes;
  return bytes?.state === "stored" ? bytes.file_id : undefined;
}
