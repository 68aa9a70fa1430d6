/** The part of next-auth that is ours: its cookie is a token of a login, and ends with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account, CallbacksOptions, NextAuthOptions, Session, User } from "next-auth";
import type { JWT } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN, ROOT } from "../../../test/running-hub.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { createAudit } from "../services/audit.ts";
import { openDb, type PrismaClient } from "../storage/db.ts";
import { ADDRESS_HEADER, authBridge, offerAuthBridge } from "./bridge.ts";
import { createFirstAdmin } from "./first-admin.ts";
import { createLogins, type Logins } from "./logins.ts";
import { nextAuthOptions } from "./next-auth.ts";
import { createLoginThrottle } from "./throttle.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "fairlead-next-auth-"));
let prisma: PrismaClient;
let logins: Logins;
let options: NextAuthOptions;
let close: () => Promise<void>;

beforeAll(async () => {
  const bus = createMemoryBus();
  const db = await openDb({ driver: "sqlite", dsn: join(folder, "hub.db"), root: ROOT, bus });
  prisma = db.prisma;
  await createFirstAdmin({ prisma: db.prisma, clock: systemClock, admin: ADMIN });
  const one = { burst: 3, refillMs: 600_000 };
  const throttle = createLoginThrottle(systemClock, { address: one, pair: one, account: one });
  const log = createLog({ level: "error", format: "json" });
  const audit = createAudit({ prisma: db.prisma, clock: systemClock, log, storage: { retention: 0 } });
  logins = createLogins({ prisma: db.prisma, bus, clock: systemClock, throttle, audit, secret: SECRET, expiryMs: 3_600_000 });
  expect(() => nextAuthOptions()).toThrow(/starting or stopping/);
  const takeBack = offerAuthBridge(logins, { secret: SECRET, expiryMs: 3_600_000, audit });
  options = nextAuthOptions();
  close = async () => {
    takeBack();
    expect(() => authBridge()).toThrow();
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  };
});
afterAll(() => close());

async function authorize(credentials: unknown, address: string): Promise<User | null> {
  const provider = options.providers[0] as unknown as {
    options: { authorize(credentials: unknown, request: object): Promise<User | null> };
  };
  return provider.options.authorize(credentials, { headers: { [ADDRESS_HEADER]: address } });
}

/** What next-auth does with a user who may come in. */
async function cookieFor(user: User): Promise<string> {
  const parts = { token: {}, user, account: null as Account | null } as Parameters<NonNullable<CallbacksOptions["jwt"]>>[0];
  const token = (await options.callbacks?.jwt?.(parts)) ?? {};
  return (await options.jwt?.encode?.({ token, secret: "", maxAge: 1 })) ?? "";
}
const decode = (cookie: string) => options.jwt?.decode?.({ token: cookie, secret: "" });

describe("next-auth", () => {
  it("puts a token of a login into its cookie, which the hub knows", async () => {
    const user = await authorize(ADMIN, "192.0.2.1");
    const cookie = await cookieFor(user as User);
    const principal = await logins.verify(cookie, "browser");
    expect(principal).toMatchObject({ username: ADMIN.username, role: "admin" });
    expect(await logins.verify(cookie, "api")).toBeUndefined();

    const token = (await decode(cookie)) as JWT;
    const session = (await options.callbacks?.session?.({ session: { expires: "" } as Session, token } as never)) as Session;
    expect(session.user).toMatchObject({ id: principal?.user_id, username: ADMIN.username, role: "admin" });
    // Written again at each look at the session, it stands for the same login and ends when that does.
    const again = (await decode((await options.jwt?.encode?.({ token, secret: "" })) ?? "")) as JWT;
    expect(again).toEqual(token);

    await options.events?.signOut?.({ token, session: {} as Session });
    expect(await decode(cookie)).toBeNull();
    expect(await logins.verify(cookie, "browser")).toBeUndefined();
    const user_id = String(token.sub);
    const entries = await prisma.auditEntry.findMany({ orderBy: { id: "asc" } });
    expect(entries).toMatchObject([
      { operation: "auth.login", actorKind: "user", actorId: user_id, actorName: ADMIN.username, address: "192.0.2.1", code: "OK" },
      { operation: "auth.logout", actorKind: "user", actorId: user_id, actorName: ADMIN.username, address: "unknown", code: "OK" },
    ]);
  });

  it("refuses wrong credentials, odd ones, and too many from one address", async () => {
    expect(await authorize({ ...ADMIN, password: "wrong" }, "192.0.2.2")).toBeNull();
    expect(await authorize({}, "192.0.2.2")).toBeNull();
    expect(await authorize({ username: "nobody", password: "wrong" }, "192.0.2.2")).toBeNull();
    await authorize({ username: "nobody", password: "wrong" }, "192.0.2.2");
    await expect(authorize(ADMIN, "192.0.2.2")).rejects.toThrow(/too many sign-in attempts/);
    expect(await authorize(ADMIN, "192.0.2.3")).toMatchObject({ name: ADMIN.username });
  });

  it("takes no cookie that it did not make", async () => {
    expect(await decode("x.y.z")).toBeNull();
    expect(await options.jwt?.encode?.({ token: { sub: "somebody" }, secret: "" })).toBe("");
  });
});
