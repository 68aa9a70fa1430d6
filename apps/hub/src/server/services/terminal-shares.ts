/** Who may watch somebody's terminal: named users, told at once when that begins, when it ends, and when the terminal changes. */
import { AppError, type OperationOutput } from "@fairlead/protocol";
import type { ServiceDependencies } from "./dependencies.ts";
import { implementOn } from "./operation.ts";
import { createReadable } from "./readable.ts";
import { requireTerminal } from "./terminals.ts";

/** Users one terminal may be shared with. */
const MOST_SHARES = 50;

export function createTerminalShares(deps: Pick<ServiceDependencies, "db" | "bus" | "clock">) {
  const { bus, clock } = deps;
  const { prisma } = deps.db;
  const readable = createReadable(deps);
  const subject = ({ session_id }: { readonly session_id: string }) => readable.session(session_id);

  async function list(sessionId: string): Promise<OperationOutput<"terminals.shares">> {
    const rows = await prisma.sessionShare.findMany({
      where: { sessionId },
      include: { user: { select: { username: true } } },
      orderBy: [{ createdAt: "asc" }, { userId: "asc" }],
    });
    return rows.map((row) => ({ user_id: row.userId, username: row.user.username, since: row.createdAt.toISOString() }));
  }

  /** Lists of that user's screens are stale, and so is what its sockets were let see. */
  function announce(userId: string, sessionId: string): void {
    bus.publish(`user.${userId}`, { topic: "sessions", id: sessionId });
    bus.publish(`access.${userId}`, { session_id: sessionId });
  }

  /** Their lists show this terminal too. A hint that is lost costs freshness only. */
  async function announceChange(sessionId: string): Promise<void> {
    const rows = await prisma.sessionShare.findMany({ where: { sessionId }, select: { userId: true } });
    for (const { userId } of rows) bus.publish(`user.${userId}`, { topic: "sessions", id: sessionId });
  }
  bus.subscribe("terminals", ({ session_id }) => void announceChange(session_id).catch(() => undefined));

  return {
    operations: {
      "terminals.share": implementOn("terminals.share", {
        verb: "session.share",
        subject,
        async run(_context, { session_id: sessionId, username }, { user_id, state, readers }) {
          requireTerminal(state);
          const user = await prisma.user.findUnique({ where: { usernameLower: username.toLowerCase() }, select: { id: true } });
          if (user === null) throw new AppError("NOT_FOUND", `there is no user "${username}"`);
          if (user.id === user_id) throw new AppError("CONFLICT", "this terminal is yours already; share it with somebody else");
          if (readers.includes(user.id)) return list(sessionId);
          if (readers.length >= MOST_SHARES) {
            throw new AppError("LIMIT_EXCEEDED", `this terminal is shared with ${readers.length} users already`);
          }
          const row = { sessionId, userId: user.id };
          const createdAt = new Date(clock.now());
          await prisma.sessionShare.upsert({ where: { sessionId_userId: row }, create: { ...row, createdAt }, update: {} });
          announce(user.id, sessionId);
          return list(sessionId);
        },
      }),
      "terminals.unshare": implementOn("terminals.unshare", {
        verb: "session.share",
        subject,
        async run(_context, { session_id: sessionId, user_id: userId }) {
          const { count } = await prisma.sessionShare.deleteMany({ where: { sessionId, userId } });
          if (count > 0) announce(userId, sessionId);
          return list(sessionId);
        },
      }),
      "terminals.shares": implementOn("terminals.shares", {
        verb: "session.see_shares",
        subject,
        run: (_context, { session_id }) => list(session_id),
      }),
    },
  };
}
