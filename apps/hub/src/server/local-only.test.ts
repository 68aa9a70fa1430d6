/** The demo's credentials are good for this machine only, also when a browser reaches it under a foreign name. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, it } from "vitest";
import { type RunningHub, startHub } from "../../test/running-hub.ts";

/** The status of a request, or of an upgrade, that names this host. */
async function statusFor(hub: RunningHub, host: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const asked = request(`${hub.url}${headers.upgrade === undefined ? "/api/auth/config" : "/ws/client"}`, {
    headers: { host, ...headers },
  });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

it("answers no foreign host while its credentials are known", async () => {
  const hub = await startHub({ auth: { initial_admin: { username: "admin", password: "admin" } } });
  for (const host of ["localhost:1", "127.0.0.1", "[::1]:8090", "hub.localhost"]) expect(await statusFor(hub, host)).toBe(200);
  for (const host of ["evil.example:8090", "127.0.0.1.evil.example", "192.168.1.7"]) {
    expect(await statusFor(hub, host)).toBe(403);
    expect(await statusFor(hub, host, UPGRADE)).toBe(403);
  }
  expect(await statusFor(hub, "localhost", UPGRADE)).toBe(401);
  await hub.close();
});

it("answers every host with credentials of its own", async () => {
  const hub = await startHub();
  expect(await statusFor(hub, "agents.example.org")).toBe(200);
  expect(await statusFor(hub, "agents.example.org", UPGRADE)).toBe(401);
  await hub.close();
});
