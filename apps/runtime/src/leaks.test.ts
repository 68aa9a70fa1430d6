/** A runtime that was stopped leaves nothing in its process: no timer, no socket, no child. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { removeDirectory, startHarness, temporaryDirectory } from "../test/runtime-harness.ts";
import { startTestHub, until } from "../test/test-hub.ts";

/** What keeps this process alive and that somebody here must have opened, e.g. `Timeout` or `TCPSocketWrap`, with how many. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(Timeout|TCP|Pipe|Process)/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What is held beyond `before`. */
function beyond(before: Readonly<Record<string, number>>): string[] {
  return Object.entries(held()).flatMap(([kind, count]) => (count > (before[kind] ?? 0) ? [`${count - (before[kind] ?? 0)} ${kind}`] : []));
}

it("lets go of every timer and socket when it stops", async () => {
  const before = held();
  const hub = await startTestHub();
  const dataDir = temporaryDirectory();
  const { runtime, lines } = await startHarness({ hub, dataDir });
  await until("the runtime is connected", () => lines.some(({ msg }) => msg === "connected to hub"));
  expect(beyond(before)).not.toEqual([]);
  await runtime.stop();
  await hub.stop();
  removeDirectory(dataDir);
  const deadline = Date.now() + 10_000;
  while (beyond(before).length > 0 && Date.now() < deadline) await pause(50, undefined, { ref: false });
  expect(beyond(before)).toEqual([]);
});
