/** Missing, wrong and misplaced credentials: refused before the upgrade where that is possible, else in the first frame. */
import { request } from "node:http";
import { expect, it } from "vitest";
import { dial, startRig } from "./test/rig.ts";

it("a runtime with a wrong token is told so and closed", async () => {
  const rig = await startRig();
  for (const header of [true, false]) {
    const peer = await dial(`ws://127.0.0.1:${rig.port}/ws/runtime`, header ? { Authorization: "Bearer nonsense" } : {});
    peer.send({ type: "runtime.hello", runtime_id: "r1", endpoints: [], ...(header ? {} : { token: "nonsense" }) });
    expect(await peer.next("hello.ack")).toMatchObject({ ok: false, error: expect.stringContaining("token") });
    expect((await peer.closed).code).toBe(4401);
  }
});

it("a runtime may not use another's id", async () => {
  const rig = await startRig();
  const peer = await rig.runtime("r1", { hello: false });
  peer.send({ type: "runtime.hello", runtime_id: "r2", token: "secret-r1", endpoints: [] });
  expect(await peer.next("hello.ack")).toMatchObject({ ok: false });
  expect((await peer.closed).code).toBe(4401);
});

it("a client without or with wrong credentials, or from a foreign page, is not upgraded", async () => {
  const rig = await startRig();
  const url = `ws://127.0.0.1:${rig.port}/ws/client`;
  await expect(dial(url)).rejects.toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED", error: expect.any(String) } });
  await expect(dial(`${url}?token=bad`)).rejects.toMatchObject({ status: 401 });
  await expect(dial(`${url}?token=ann`, { Origin: "https://evil.example" })).rejects.toMatchObject({ status: 403 });
});

it("a web page cannot connect as a runtime", async () => {
  const rig = await startRig();
  const refused = dial(`ws://127.0.0.1:${rig.port}/ws/runtime`, { Origin: "https://evil.example" });
  await expect(refused).rejects.toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
});

it("paths that only look like ours are left alone", async () => {
  const rig = await startRig();
  for (const path of ["/ws", "/ws/client/", "/ws/clients", "/WS/client", "/x?y=/ws/client"]) {
    await expect(dial(`ws://127.0.0.1:${rig.port}${path}`)).rejects.not.toHaveProperty("status");
  }
});

it("a request that is no WebSocket handshake is answered in JSON", async () => {
  const rig = await startRig();
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "99", "Sec-WebSocket-Key": "nonsense" };
  const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const asked = request({ port: rig.port, host: "127.0.0.1", path: "/ws/runtime", headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    asked.on("error", reject).end();
  });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ code: "INVALID_INPUT", error: expect.any(String) });
});
