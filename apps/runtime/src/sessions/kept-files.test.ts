/** A runtime that was killed when it had kept a file of an agent: the log is told of it, once, whether or not it had been. */
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { ended, turnStart } from "../../test/runtime-harness.ts";
import { dataDir, hub, renewWorld, restart, start, stop } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";
import { openJournalStore } from "../hub-link/journal-store.ts";
import { createKeptFiles } from "./kept-files.ts";

renewWorld();

test.each(["before", "after"])("a file that was kept is told of once by a runtime that was killed %s it had told of it", async (when) => {
  const first = await start();
  hub.command(turnStart("s", "echo hi"));
  await until("ended", () => ended(hub.events("s")) === 1);
  await stop(first);
  const shown = { type: "file.produced", name: "a.txt", path: "a.txt", mime_type: "text/plain", size: 5 } as const;
  const { file } = await createKeptFiles(join(dataDir, "files")).keep("s", shown, Buffer.from("hello"));
  const told = { ...shown, sha256: file.sha256 };
  if (when === "after") {
    const journals = openJournalStore(dataDir, pino({ level: "silent" }));
    journals.open("s").append(told);
    journals.close();
  }
  await restart(await start());
  hub.command(turnStart("s", "echo on"));
  await until("ended again", () => ended(hub.events("s")) === 2);
  expect(hub.events("s").filter(({ type }) => type === "file.produced")).toEqual([told]);
});
