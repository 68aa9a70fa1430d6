/** Sessions with those who may read them besides their owner: named users, for terminals only. */
import type { SessionRecord } from "../storage/contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";

export interface ReadableSession extends SessionRecord {
  readonly readers: readonly string[];
}

export interface Readable {
  /** For operations that only read; undefined: there is no such session. */
  session(sessionId: string): Promise<ReadableSession | undefined>;
}

const NOBODY: readonly string[] = [];

export function createReadable({ db: { prisma, log: eventLog } }: Pick<ServiceDependencies, "db">): Readable {
  return {
    async session(sessionId) {
      const record = await eventLog.session(sessionId);
      // Chats are never shared, and most reading is of chats.
      if (record === undefined || record.state.terminal === null) return record && { ...record, readers: NOBODY };
      const rows = await prisma.sessionShare.findMany({ where: { sessionId }, select: { userId: true } });
      return { ...record, readers: rows.map(({ userId }) => userId) };
    },
  };
}
