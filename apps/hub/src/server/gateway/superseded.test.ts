/** Two connections with the same runtime id: the newer takes over, the older is told and can do nothing more. */
import { expect, it } from "vitest";
import { startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

it("the newer connection takes over", async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const older = await rig.runtime("r1");
  const newer = await rig.runtime("r1");
  expect((await older.closed).code).toBe(4409);
  rig.standIn.command("r1", { id: "c1", kind: "session.close", session_id: "s1" });
  expect(await newer.next("command")).toMatchObject({ command: { id: "c1" } });
  newer.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: deltas(1, 1) });
  await newer.next("events.ack");
  await until(() => rig.standIn.disconnected.length === 1);
  expect(rig.standIn.disconnected[0]).toEqual({ runtime_id: "r1", epoch: 1 });
});
