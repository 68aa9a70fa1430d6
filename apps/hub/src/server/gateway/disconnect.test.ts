/** A socket breaks without a goodbye: the other side is told, and what was missed is there on return. */
import { expect, it } from "vitest";
import { startProxy } from "./test/proxy.ts";
import { numbers, readTo, startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

it("a viewer that is cut off again and again sees every event once", async () => {
  const rig = await startRig();
  const proxy = await startProxy(rig.port);
  rig.standIn.addSession("s1", "ann");
  const seen: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const viewer = await rig.client("ann", { port: proxy.port });
    viewer.send({ type: "client.subscribe", session_id: "s1", after_seq: seen.length });
    await viewer.next("subscribed");
    rig.standIn.append("s1", deltas(1, 30));
    seen.push(...(await readTo(viewer, { session: "s1", after: seen.length, to: round * 60 + 30 })));
    proxy.cut();
    await viewer.closed;
    rig.standIn.append("s1", deltas(1, 30));
  }
  expect(seen).toEqual(numbers(1, 270));
});

it("a runtime that is cut off is marked as away", async () => {
  const rig = await startRig();
  const proxy = await startProxy(rig.port);
  const runtime = await rig.runtime("r1", { port: proxy.port });
  proxy.cut();
  await runtime.closed;
  await until(() => rig.standIn.disconnected.length === 1);
});
