/** A hub that was closed leaves nothing in its process: no timer, no socket, no server. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startHub } from "../../test/running-hub.ts";

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

it("lets go of every timer and socket when it closes, whatever was connected", async () => {
  const before = held();
  const hub = await startHub();
  const token = await hub.signIn();
  const sockets = [1, 2, 3].map(
    () => new WebSocket(`${hub.url.replace("http", "ws")}/ws/client`, { headers: { authorization: `Bearer ${token}` } }),
  );
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  for (const socket of sockets) socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
  const runtime = new WebSocket(`${hub.url.replace("http", "ws")}/ws/runtime`);
  await once(runtime, "open");
  expect(beyond(before)).not.toEqual([]);
  const gone = [...sockets, runtime].map((socket) => once(socket, "close"));
  await hub.close();
  await Promise.all(gone);
  const deadline = Date.now() + 10_000;
  while (beyond(before).length > 0 && Date.now() < deadline) await pause(50, undefined, { ref: false });
  expect(beyond(before)).toEqual([]);
});
