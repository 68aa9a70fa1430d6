/** The first admin: made once from the config file, so that somebody can sign in to an empty hub. */
import type { HubConfig } from "@fairlead/protocol";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { Clock } from "../clock.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

export interface FirstAdminOptions {
  readonly prisma: Pick<PrismaClient, "user">;
  readonly clock: Clock;
  readonly admin: HubConfig["auth"]["initial_admin"];
}

/**
 * Makes the configured admin when there is no admin yet; says whether it did. A person of that name who is no admin stays
 * what they are: a config file must not promote anybody.
 */
export async function createFirstAdmin({ prisma, clock, admin }: FirstAdminOptions): Promise<boolean> {
  if (admin === undefined || (await prisma.user.count({ where: { role: "admin" } })) > 0) return false;
  const usernameLower = admin.username.toLowerCase();
  if ((await prisma.user.count({ where: { usernameLower } })) > 0) return false;
  const passwordHash = await hashPassword(admin.password);
  await prisma.user.create({
    data: {
      id: crypto.randomUUID(),
      username: admin.username,
      usernameLower,
      passwordHash,
      role: "admin",
      createdAt: new Date(clock.now()),
    },
  });
  return true;
}

export interface StoredDefaultsOptions {
  readonly prisma: Pick<PrismaClient, "user" | "login">;
  readonly clock: Clock;
  /** The configured admin, if its password is fit for a hub that others can reach. */
  readonly admin: HubConfig["auth"]["initial_admin"];
}

/** More admins than anybody has; each costs a few password checks. */
const MOST_CHECKED = 20;

/**
 * The database outlives the config file: an admin made with the demo's password still has it when the file says another one.
 * Gives such an admin the configured password where the file names it, ending its sign-ins. Returns the names of those whose
 * default password stays.
 */
export async function replaceDefaultPasswords({ prisma, clock, admin }: StoredDefaultsOptions): Promise<readonly string[]> {
  const admins = await prisma.user.findMany({ where: { role: "admin" }, orderBy: { createdAt: "asc" }, take: MOST_CHECKED });
  const left: string[] = [];
  for (const { id, username, usernameLower, passwordHash } of admins) {
    if (!(await isDefault(passwordHash, username))) continue;
    if (admin === undefined || admin.username.toLowerCase() !== usernameLower) {
      left.push(username);
      continue;
    }
    await prisma.user.update({ where: { id }, data: { passwordHash: await hashPassword(admin.password) } });
    await prisma.login.updateMany({ where: { userId: id, revokedAt: null }, data: { revokedAt: new Date(clock.now()) } });
  }
  return left;
}

async function isDefault(hash: string, username: string): Promise<boolean> {
  for (const known of new Set(["admin", "replace-me", username, username.toLowerCase()]))
    if (await verifyPassword(hash, known)) return true;
  return false;
}
