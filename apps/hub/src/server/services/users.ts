/** Users: who I am, who there is, adding one. */
import { randomUUID } from "node:crypto";
import { AppError, roleSchema, type User } from "@fairlead/protocol";
import type { ServiceDependencies } from "./dependencies.ts";
import { implement } from "./operation.ts";
import { isUniqueViolation } from "./unique.ts";

interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly role: string;
  readonly createdAt: Date;
}

function toUser(row: UserRow): User {
  return { id: row.id, username: row.username, role: roleSchema.parse(row.role), created_at: row.createdAt.toISOString() };
}

export function createUsers(deps: Pick<ServiceDependencies, "db" | "clock" | "hashPassword">) {
  const { prisma } = deps.db;
  return {
    operations: {
      "me.get": implement("me.get", {
        async run({ principal }) {
          const row = await prisma.user.findUnique({ where: { id: principal.user_id } });
          if (row === null) throw new AppError("UNAUTHENTICATED", "this user is gone; sign in again");
          return toUser(row);
        },
      }),
      "users.list": implement("users.list", {
        run: async () => (await prisma.user.findMany({ orderBy: { usernameLower: "asc" } })).map(toUser),
      }),
      "users.create": implement("users.create", {
        async run(_context, { username, password, role }) {
          const usernameLower = username.toLowerCase();
          const taken = new AppError("CONFLICT", "this username is taken");
          // Asked first, so that a taken name does not cost a hash; the unique key decides between two at once.
          if ((await prisma.user.findUnique({ where: { usernameLower }, select: { id: true } })) !== null) throw taken;
          const passwordHash = await deps.hashPassword(password);
          const data = { id: randomUUID(), username, usernameLower, passwordHash, role, createdAt: new Date(deps.clock.now()) };
          try {
            return toUser(await prisma.user.create({ data }));
          } catch (thrown) {
            throw isUniqueViolation(thrown) ? taken : thrown;
          }
        },
      }),
    },
  };
}
