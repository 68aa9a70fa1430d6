/** The audit trail: an entry before each deed, its outcome after it, so that a crash in between hides nothing. */
import { AppError, AUDITED_DEEDS, type HubConfig, OPERATION_NAMES, type OperationArguments } from "@fairlead/protocol";
import type { Prisma, PrismaClient } from "../../../generated/sqlite/client.ts";
import type { Clock } from "../clock.ts";
import type { Deed, Findings } from "../domain/deeds.ts";
import { columnsOf, toAuditEntry } from "./audit-rows.ts";
import { implement, type ServiceLog } from "./operation.ts";

/** Entries deleted in one step, because everything else waits for the same lock; and steps of one sweep. */
const DELETED_AT_ONCE = 500;
const MOST_STEPS = 20;

const ALL_NAMES: readonly string[] = [...OPERATION_NAMES, ...AUDITED_DEEDS];

export interface AuditTrail {
  /**
   * Does `work` between an entry and its outcome. Rejects with what `work` rejects with, and with UNAVAILABLE, `work` undone,
   * when the entry cannot be written.
   */
  record<T>(deed: Deed, work: () => Promise<T>, found?: (result: T) => Findings): Promise<T>;
}

export interface Audit extends AuditTrail {
  readonly operations: ReturnType<typeof auditOperations>;
  /** Deletes what is older than the retention, a bounded number at once. */
  sweep(now: number): Promise<void>;
}

export interface AuditOptions {
  readonly prisma: PrismaClient;
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly storage: Pick<HubConfig["storage"], "retention" | "audit_retention">;
}

export function createAudit({ prisma, clock, log, storage }: AuditOptions): Audit {
  async function begin(deed: Deed): Promise<number> {
    const { operation, address, actor } = deed;
    const known = { at: new Date(clock.now()), operation, address, actorKind: actor.kind, actorName: actor.name, detail: "{}" };
    try {
      return (await prisma.auditEntry.create({ data: { ...known, ...columnsOf(deed) }, select: { id: true } })).id;
    } catch (cause) {
      log.error({ operation, err: cause }, "an audit entry could not be written");
      throw new AppError("UNAVAILABLE", "the audit trail cannot be written, so nothing was done; try again", { cause, retryAfter: 5 });
    }
  }

  /** What is done cannot be undone: an entry whose outcome cannot be written says that it is not known. */
  async function end(id: number, outcome: Prisma.AuditEntryUpdateManyMutationInput): Promise<void> {
    // `update` would read the row back, which takes twice as long.
    await prisma.auditEntry.updateMany({ where: { id }, data: outcome }).catch((err: unknown) => {
      log.error({ entry: id, err }, "the outcome of an audit entry could not be written");
    });
  }

  return {
    async record(deed, work, found = () => ({})) {
      const id = await begin(deed);
      const started = performance.now();
      const ms = () => Math.round(performance.now() - started);
      try {
        const result = await work();
        await end(id, { ...columnsOf(found(result)), code: "OK", ms: ms() });
        return result;
      } catch (thrown) {
        await end(id, { code: thrown instanceof AppError ? thrown.code : "INTERNAL", ms: ms() });
        throw thrown;
      }
    },
    operations: auditOperations(prisma),
    async sweep(now) {
      const keep = storage.audit_retention ?? storage.retention;
      if (keep === 0) return;
      for (let step = 0; step < MOST_STEPS; step += 1) {
        const { count } = await prisma.auditEntry.deleteMany({ where: { at: { lt: new Date(now - keep) } }, limit: DELETED_AT_ONCE });
        if (count < DELETED_AT_ONCE) return;
      }
    },
  };
}

function auditOperations(prisma: PrismaClient) {
  return {
    "audit.list": implement("audit.list", {
      async run(_context, input) {
        const rows = await prisma.auditEntry.findMany({ where: whereOf(input), orderBy: { id: "desc" }, take: input.limit });
        const ids = new Set(rows.flatMap(({ sessionId }) => sessionId ?? []));
        const sessions = await prisma.session.findMany({ where: { id: { in: [...ids] } }, select: { id: true, title: true } });
        const titles = new Map(sessions.map(({ id, title }) => [id, title]));
        return rows.map((row) => toAuditEntry(row, titles));
      },
    }),
  };
}

function whereOf({ operation, user_id, session_id, before }: OperationArguments<"audit.list">): Prisma.AuditEntryWhereInput {
  return {
    // The whole names are few and in an index; a pattern would be looked for in every row.
    ...(operation === undefined ? {} : { operation: { in: [operation, ...ALL_NAMES.filter((name) => name.startsWith(operation))] } }),
    ...(user_id === undefined ? {} : { actorKind: "user", actorId: user_id }),
    ...(session_id === undefined ? {} : { sessionId: session_id }),
    ...(before === undefined ? {} : { id: { lt: before } }),
  };
}
