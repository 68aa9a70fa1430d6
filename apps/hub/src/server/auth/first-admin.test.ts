/** What an earlier start left in the database: a demo's password must not survive the hub's opening to others. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ADMIN, ROOT, startHub } from "../../../test/running-hub.ts";
import { createMemoryBus } from "../bus/memory-bus.ts";
import { systemClock } from "../clock.ts";
import { openDb } from "../storage/db.ts";
import { createFirstAdmin } from "./first-admin.ts";

const PUBLIC = { base_url: "https://hub.example.org" };

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-defaults-"));
  await addAdmin("admin", "admin");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function addAdmin(username: string, password: string): Promise<void> {
  const dsn = join(folder, "hub.db");
  const db = await openDb({ driver: "sqlite", dsn, root: ROOT, bus: createMemoryBus() });
  // As the only admin it is made as the demo makes it; the role of the one before is given back after.
  await db.prisma.user.updateMany({ data: { role: "user" } });
  expect(await createFirstAdmin({ prisma: db.prisma, clock: systemClock, admin: { username, password } })).toBe(true);
  await db.prisma.user.updateMany({ data: { role: "admin" } });
  await db.close();
}

const tryDemo = { method: "POST", body: { username: "admin", password: "admin" } };

it("stays on this machine, where the demo's password is allowed", async () => {
  const hub = await startHub({ folder });
  expect(await hub.call("/api/auth/login", tryDemo)).toMatchObject({ status: 200 });
  await hub.close();
});

it("is replaced by the configured one when others can reach the hub, and its sign-ins end", async () => {
  const before = await startHub({ folder });
  const token = await before.signIn("admin", "admin");
  await before.close();
  const hub = await startHub({ folder, server: PUBLIC });
  expect(await hub.call("/api/auth/login", tryDemo)).toMatchObject({ status: 401 });
  expect(await hub.call("/api/me", { token })).toMatchObject({ status: 401 });
  expect(await hub.signIn("admin", ADMIN.password)).toEqual(expect.any(String));
  await hub.close();
});

it("keeps the hub from starting where the config names no other", async () => {
  await addAdmin("Chief", "Chief");
  await expect(startHub({ folder, server: PUBLIC })).rejects.toThrow(/stored password of "Chief" is a default: set auth\.initial_admin/);
});
