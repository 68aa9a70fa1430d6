/** Files on their way: one that fails takes no time from the others. */
import { expect, it } from "vitest";
import { until } from "../../test/test-hub.ts";
import { createLog } from "../log.ts";
import type { UploadedFile } from "./upload.ts";
import { createUploadQueue } from "./upload-queue.ts";

const file = (name: string): UploadedFile => ({ session_id: "s", name, mime_type: "text/plain", file: `/nowhere/${name}`, size: 1 });

it("a fresh file is tried at once while one that failed rests, and does not shorten its rest", async () => {
  const tried: { readonly name: string; readonly at: number }[] = [];
  const settled: string[] = [];
  const queue = createUploadQueue({
    async upload({ name }) {
      tried.push({ name, at: performance.now() });
      if (name === "bad") throw new Error("the hub answered 500");
      return { file_id: name };
    },
    onSettled: ({ name }) => settled.push(name),
    log: createLog("silent"),
  });
  const times = () => tried.filter(({ name }) => name === "bad").map(({ at }) => at);
  queue.add(file("bad"));
  // It rests for two seconds now.
  await until("tried twice", () => times().length === 2);
  const added = performance.now();
  queue.add(file("good"));
  await until("settled", () => settled.includes("good"));
  expect(performance.now() - added).toBeLessThan(1_000);
  await until("tried again", () => times().length === 3);
  const [, second = 0, third = 0] = times();
  expect(third - second).toBeGreaterThan(1_900);
  await queue.stop();
});
