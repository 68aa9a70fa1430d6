/** Signing in and out at a real hub: tokens, revocation, throttling, origins. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLOSE } from "@fairlead/protocol";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ADMIN, ROOT, type RunningHub, startHub } from "../../../test/running-hub.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { createAudit } from "../services/audit.ts";
import { openDb } from "../storage/db.ts";
import { createLogins, type Logins } from "./logins.ts";
import { createLoginThrottle } from "./throttle.ts";

const unauthenticated = { status: 401, body: { error: expect.any(String), code: "UNAUTHENTICATED" } };
const forbidden = { status: 403, body: { error: expect.any(String), code: "FORBIDDEN" } };
const limited = { status: 429, body: { error: expect.any(String), code: "LIMIT_EXCEEDED" } };

describe("a sign-in", () => {
  let hub: RunningHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it("says how, and gives a token that expires", async () => {
    expect(await hub.call("/api/auth/config")).toMatchObject({ status: 200, body: { provider: "builtin" } });
    const { status, body } = await hub.call("/api/auth/login", { method: "POST", body: ADMIN });
    const { token, expires_at } = body as { token: string; expires_at: string };
    expect(status).toBe(200);
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(await hub.call("/api/me", { token })).toMatchObject({ status: 200, body: { username: "admin", role: "admin" } });
  });

  it("takes the username in any case and tells a wrong password and an unknown user apart by nothing", async () => {
    expect(await hub.signIn("ADMIN")).toEqual(expect.any(String));
    const wrong = await hub.call("/api/auth/login", { method: "POST", body: { ...ADMIN, password: "wrong" } });
    const unknown = await hub.call("/api/auth/login", { method: "POST", body: { username: "nobody", password: "wrong" } });
    expect(wrong).toMatchObject(unauthenticated);
    expect(unknown.body).toEqual(wrong.body);
    expect(unknown.status).toBe(wrong.status);
  });

  it("works with a stale token in the header", async () => {
    expect(await hub.call("/api/auth/login", { method: "POST", body: ADMIN, token: "stale" })).toMatchObject({ status: 200 });
  });

  it("ends at once: the token, the other doors and the open sockets, and only its own", async () => {
    const [token, other] = [await hub.signIn(), await hub.signIn()];
    const socket = await openSocket(hub.url, token);
    const kept = await openSocket(hub.url, other);
    const closed = once(socket, "close");
    expect(await hub.call("/api/auth/logout", { method: "POST", token })).toMatchObject({ status: 200, body: { status: "logged_out" } });
    expect(await hub.call("/api/me", { token })).toMatchObject(unauthenticated);
    expect(await hub.call("/api/trpc/me.get", { token })).toMatchObject({ status: 401 });
    expect(await upgradeStatus(hub.url, { authorization: `Bearer ${token}` })).toBe(401);
    expect(await closed).toMatchObject([CLOSE.Unauthenticated.code, expect.anything()]);
    expect(await hub.call("/api/auth/logout", { method: "POST", token })).toMatchObject(unauthenticated);
    expect(await hub.call("/api/me", { token: other })).toMatchObject({ status: 200 });
    expect(kept.readyState).toBe(WebSocket.OPEN);
    kept.terminate();
  });

  it("refuses tokens that are forged, for another audience, unsigned, or in the query of anything but the socket", async () => {
    const token = await hub.signIn();
    const [head = "", claims = "", signature = ""] = token.split(".");
    const forged = [head, Buffer.from('{"sub":"x","sid":"y","role":"admin"}').toString("base64url"), signature].join(".");
    const unsigned = [Buffer.from('{"alg":"none"}').toString("base64url"), claims, ""].join(".");
    const foreign = await new SignJWT({ sid: "x", role: "admin" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("x")
      .setIssuer("fairlead")
      .setAudience("api")
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode("another secret of 32 characters!"));
    for (const bad of [forged, unsigned, foreign, "", "x.y.z"])
      expect(await hub.call("/api/me", { token: bad })).toMatchObject(unauthenticated);
    expect(await hub.call(`/api/me?token=${token}`)).toMatchObject(unauthenticated);
    expect(await hub.call("/api/me", { headers: { cookie: `next-auth.session-token=${token}` } })).toMatchObject(unauthenticated);
    expect(await upgradeStatus(hub.url, {}, `?token=${token}`)).toBe(101);
    expect(await upgradeStatus(hub.url, {}, "?token=wrong")).toBe(401);
    expect(await upgradeStatus(hub.url, {})).toBe(401);
  });
});

describe("the cookie", () => {
  let folder: string;
  let hub: RunningHub;
  let logins: Logins;
  let cookie: string;
  let closeDb: () => Promise<void>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-cookie-"));
    hub = await startHub({
      folder,
      server: { trusted_proxies: ["127.0.0.1"], base_url: "https://agents.example.org", allowed_origins: ["https://friend.example.org"] },
    });
    // A second view of the same database stands for the sign-in page, which runs in Next.
    const bus = createMemoryBus();
    const db = await openDb({ ...hub.config.storage, root: ROOT, bus });
    closeDb = () => db.close();
    const throttle = createLoginThrottle(systemClock);
    const { jwt_secret: secret, jwt_expiry: expiryMs } = hub.config.auth;
    const log = createLog({ level: "error", format: "json" });
    const audit = createAudit({ prisma: db.prisma, clock: systemClock, log, storage: hub.config.storage });
    logins = createLogins({ prisma: db.prisma, bus, clock: systemClock, throttle, audit, secret, expiryMs });
    cookie = await cookieOf();
  });
  afterAll(async () => {
    await hub.close();
    await closeDb();
    rmSync(folder, { recursive: true, force: true });
  });

  async function cookieOf(name = "next-auth.session-token"): Promise<string> {
    return `${name}=${await logins.issue(await logins.signIn(ADMIN, "127.0.0.1"), "browser")}`;
  }
  const read = (path: string, headers: Record<string, string> = {}) =>
    hub.call(path, { method: "POST", headers: { cookie, ...headers }, body: {} });

  it("reads from anywhere, under both names", async () => {
    expect(await hub.call("/api/me", { headers: { cookie, origin: "https://evil.example" } })).toMatchObject({ status: 200 });
    const secure = await cookieOf("__Secure-next-auth.session-token");
    expect(await hub.call("/api/me", { headers: { cookie: `theme=dark; ${secure}` } })).toMatchObject({ status: 200 });
  });

  it("does not stand in for a wrong Bearer token", async () => {
    expect(await hub.call("/api/me", { headers: { cookie }, token: "wrong" })).toMatchObject(unauthenticated);
  });

  it("changes something only for the hub's own pages and the allowed ones", async () => {
    const path = "/api/sessions/nothing-here/close";
    for (const origin of [
      "https://evil.example",
      "null",
      `${hub.url}0`,
      "http://agents.example.org",
      "https://agents.example.org.evil.example",
    ]) {
      expect(await read(path, { origin })).toMatchObject(forbidden);
    }
    expect(await read(path)).toMatchObject(forbidden);
    for (const origin of [hub.url, "https://agents.example.org", "https://friend.example.org"]) {
      expect(await read(path, { origin })).toMatchObject({ status: 404 });
    }
    expect(
      await hub.call("/api/trpc/sessions.close", { method: "POST", headers: { cookie, origin: "https://evil.example" }, body: {} }),
    ).toMatchObject({ status: 403 });
  });

  it("opens a socket only for the hub's own pages", async () => {
    for (const origin of ["https://evil.example", "null"]) expect(await upgradeStatus(hub.url, { cookie, origin })).toBe(403);
    expect(await upgradeStatus(hub.url, { cookie })).toBe(403);
    expect(await upgradeStatus(hub.url, { cookie, origin: hub.url })).toBe(101);
  });

  it("believes forwarded headers of a trusted proxy", async () => {
    const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "hub.example.net" };
    const path = "/api/sessions/nothing-here/close";
    expect(await read(path, { origin: "https://hub.example.net" })).toMatchObject(forbidden);
    expect(await read(path, { ...forwarded, origin: "https://hub.example.net" })).toMatchObject({ status: 404 });
  });

  it("gives CORS headers to allowed origins only", async () => {
    const preflight = (origin: string) =>
      hub.call("/api/me", { method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } });
    const allowed = await preflight("https://friend.example.org");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://friend.example.org");
    const refused = await preflight("https://evil.example");
    expect(refused.status).toBe(405);
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("is removed by a sign-out", async () => {
    const mine = await cookieOf();
    const answer = await hub.call("/api/auth/logout", { method: "POST", headers: { cookie: mine, origin: hub.url }, body: {} });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().every((value) => value.includes("Max-Age=0"))).toBe(true);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    expect(await hub.call("/api/me", { headers: { cookie: mine } })).toMatchObject(unauthenticated);
    expect(await hub.call("/api/me", { headers: { cookie } })).toMatchObject({ status: 200 });
  });
});

describe("the throttle", () => {
  it("slows an address and an account down with Retry-After, and lets the owner in from elsewhere", async () => {
    const loginRates = {
      address: { burst: 6, refillMs: 600_000 },
      pair: { burst: 3, refillMs: 600_000 },
      account: { burst: 4, refillMs: 600_000 },
    };
    const hub = await startHub({ loginRates, server: { trusted_proxies: ["127.0.0.1"] } });
    const from = (address: string, body: object) =>
      hub.call("/api/auth/login", { method: "POST", body, headers: { "x-forwarded-for": address } });
    const wrong = { username: ADMIN.username, password: "wrong" };
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await from("192.0.2.1", wrong)).toMatchObject(unauthenticated);
    const refused = await from("192.0.2.1", ADMIN);
    expect(refused).toMatchObject(limited);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // The account's own bucket is empty soon, too; an address that never failed still gets its attempt.
    for (const address of ["192.0.2.2", "192.0.2.3"]) expect(await from(address, wrong)).toMatchObject(unauthenticated);
    expect(await from("192.0.2.2", wrong)).toMatchObject(limited);
    expect(await from("192.0.2.9", ADMIN)).toMatchObject({ status: 200 });
    // One address trying many accounts.
    for (let account = 0; account < 3; account += 1) await from("192.0.2.1", { username: `user${account}`, password: "wrong" });
    expect(await from("192.0.2.1", { username: "one-more", password: "wrong" })).toMatchObject(limited);
    await hub.close();
  });

  it("costs successful sign-ins nothing", async () => {
    const one = { burst: 1, refillMs: 600_000 };
    const hub = await startHub({ loginRates: { address: one, pair: one, account: one } });
    for (let count = 0; count < 3; count += 1) expect(await hub.signIn()).toEqual(expect.any(String));
    await hub.close();
  });
});

it("makes the first admin once, and never again from the file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-first-"));
  const created = (hub: RunningHub) => hub.lines.some((line) => line.includes("first admin created"));
  const first = await startHub({ folder });
  const token = await first.signIn();
  expect(created(first)).toBe(true);
  await first.close();
  const second = await startHub({ folder });
  expect(created(second)).toBe(false);
  // A login outlives the process.
  expect(await second.call("/api/me", { token })).toMatchObject({ status: 200 });
  await second.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openSocket(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/client`, { headers: { authorization: `Bearer ${token}` } });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
  await once(socket, "message");
  return socket;
}

/** 101, or the status of the refusal. */
function upgradeStatus(url: string, headers: Record<string, string>, query = ""): Promise<number | undefined> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/client${query}`, { headers });
  return new Promise((resolve, reject) => {
    socket.on("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode);
    });
    socket.on("error", reject);
  });
}
