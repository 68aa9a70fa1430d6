/** A login that ends takes its sockets with it: at once by the bus, and within a minute without it. */
import { expect, it } from "vitest";
import { startRig, until } from "./test/rig.ts";

it("a revoked login closes its sockets and no others", async () => {
  const rig = await startRig();
  const [first, second, other] = await Promise.all([rig.client("ann"), rig.client("ann"), rig.client("bob")]);
  rig.standIn.bus.publish("login.login-ann", null);
  expect((await first.closed).code).toBe(4401);
  expect((await second.closed).code).toBe(4401);
  other.send({ type: "ping" });
  await other.next("pong");
});

it("also while the hello is awaited", async () => {
  const rig = await startRig();
  const peer = await rig.client("ann", { hello: false });
  rig.standIn.bus.publish("login.login-ann", null);
  expect((await peer.closed).code).toBe(4401);
});

it("a revocation that was not heard of is found by looking", async () => {
  const rig = await startRig({ tickMs: 10, loginCheckMs: 20 });
  const [ann, bob] = await Promise.all([rig.client("ann"), rig.client("bob")]);
  rig.standIn.revoked.add("login-ann");
  expect((await ann.closed).code).toBe(4401);
  await until(() => (rig.standIn.calls.get("alive") ?? 0) > 4);
  expect(bob.ws.readyState).toBe(bob.ws.OPEN);
});
