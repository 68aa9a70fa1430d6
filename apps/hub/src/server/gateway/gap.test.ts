/** A number is skipped: by a runtime (the connection is closed) and by the hints (the log is read). */
import { expect, it } from "vitest";
import { numbers, readTo, startRig, until } from "./test/rig.ts";
import { deltas } from "./test/stand-in.ts";

it("a skipped ordinal closes the connection, and what was stored before stays acknowledged", async () => {
  const rig = await startRig();
  rig.standIn.addSession("s1", "ann");
  const runtime = await rig.runtime("r1");
  runtime.send({ type: "events", session_id: "s1", stream: "a", from: 1, events: deltas(1, 3) });
  runtime.send({ type: "events", session_id: "s1", stream: "a", from: 5, events: deltas(5, 6) });
  expect(await runtime.next("error")).toMatchObject({ code: "CONFLICT", session_id: "s1" });
  expect((await runtime.closed).code).toBe(4410);
  const again = await rig.runtime("r1", { hello: false });
  const sessions = [{ session_id: "s1", stream: "a", next_ordinal: 7 }];
  again.send({ type: "runtime.hello", runtime_id: "r1", token: "secret-r1", endpoints: [], sessions });
  expect(await again.next("hello.ack")).toMatchObject({ sessions: [{ acked_ordinal: 3 }] });
});

it("random loss of hints loses no event and doubles none", async () => {
  const rig = await startRig({ recheckMs: 15 });
  rig.standIn.addSession("s1", "ann");
  const viewers = await Promise.all([rig.client("ann"), rig.client("admin")]);
  for (const viewer of viewers) viewer.send({ type: "client.subscribe", session_id: "s1" });
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  let sent = 0;
  while (sent < 600) {
    const many = 1 + Math.floor(random() * 5);
    rig.standIn.append("s1", deltas(sent + 1, sent + many), random() < 0.4);
    sent += many;
    if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const viewer of viewers) expect(await readTo(viewer, { session: "s1", to: sent })).toEqual(numbers(1, sent));
});

it("a page that fails is read again later", async () => {
  const rig = await startRig({ recheckMs: 15 });
  rig.standIn.addSession("s1", "ann");
  rig.standIn.append("s1", deltas(1, 9));
  const { page } = rig.standIn.services.events;
  let failures = 3;
  Object.assign(rig.standIn.services.events, {
    page: (id: string, after: number) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error("the database is away")) : page(id, after);
    },
  });
  const viewer = await rig.client("ann");
  viewer.send({ type: "client.subscribe", session_id: "s1" });
  expect(await readTo(viewer, { session: "s1", to: 9 })).toEqual(numbers(1, 9));
  await until(() => failures < 0);
});
