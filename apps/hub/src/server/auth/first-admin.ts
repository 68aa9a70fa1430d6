/** The first admin: made once from the config file, so that somebody can sign in to an empty hub. */
import type { HubConfig } from "@fairlead/protocol";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { Clock } from "../clock.ts";
import { hashPassword } from "./passwords.ts";

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
