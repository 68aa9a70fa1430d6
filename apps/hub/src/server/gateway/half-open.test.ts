/** A link on which nothing arrives and nothing is closed: found by silence, in both kinds of socket. */
import { expect, it } from "vitest";
import { startProxy } from "./test/proxy.ts";
import { numbers, readTo, startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

const quick = { heartbeatMs: 30, silenceLimitMs: 150, tickMs: 10, closeGraceMs: 50 };

it("a silent runtime is given up and marked as away", async () => {
  const rig = await startRig(quick);
  const proxy = await startProxy(rig.port);
  await rig.runtime("r1", { port: proxy.port });
  proxy.freeze();
  await until(() => rig.standIn.disconnected.length === 1);
});

it("a silent viewer is given up, and goes on where it was when it comes back", async () => {
  const rig = await startRig(quick);
  const proxy = await startProxy(rig.port);
  rig.standIn.addSession("s1", "ann");
  const viewer = await rig.client("ann", { port: proxy.port });
  viewer.send({ type: "client.subscribe", session_id: "s1" });
  await viewer.next("subscribed");
  rig.standIn.append("s1", deltas(1, 3));
  await readTo(viewer, { session: "s1", to: 3 });
  proxy.freeze();
  rig.standIn.append("s1", deltas(4, 9));
  await new Promise((resolve) => setTimeout(resolve, 300));
  proxy.thaw();
  expect((await viewer.closed).code).not.toBe(1000);
  const again = await rig.client("ann", { port: proxy.port });
  again.send({ type: "client.subscribe", session_id: "s1", after_seq: 3 });
  expect(await readTo(again, { session: "s1", after: 3, to: 9 })).toEqual(numbers(4, 9));
});

it("a peer that only answers heartbeats is alive", async () => {
  const rig = await startRig(quick);
  const viewer = await rig.client("ann");
  let pings = 0;
  viewer.ws.on("ping", () => {
    pings += 1;
  });
  await until(() => pings > 10);
  expect(viewer.ws.readyState).toBe(viewer.ws.OPEN);
});
