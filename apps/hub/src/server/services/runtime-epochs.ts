/** Numbers a runtime's connections by compare-and-set, so that no two ever hold the same epoch. */
import { AppError } from "@fairlead/protocol";
import type { PrismaClient } from "../storage/db.ts";
import { isUniqueViolation } from "./unique.ts";

/** Two connects of one runtime at the same moment each win within this many tries. */
const EPOCH_TRIES = 10;

export interface RuntimeFacts {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly now: Date;
}

/** Takes the next epoch and records what the runtime says of itself. UNAVAILABLE when too many connect at once. */
export async function claimEpoch(prisma: PrismaClient, { id, name, version, now }: RuntimeFacts): Promise<number> {
  const facts = { name, version, connected: true, connectedAt: now, lastHeardAt: now };
  for (let attempt = 0; attempt < EPOCH_TRIES; attempt += 1) {
    const row = await prisma.runtime.findUnique({ where: { id }, select: { epoch: true } });
    if (row === null) {
      if (await createFirst(prisma, { ...facts, id, epoch: 1, createdAt: now })) return 1;
      continue;
    }
    const epoch = row.epoch + 1;
    const taken = await prisma.runtime.updateMany({ where: { id, epoch: row.epoch }, data: { ...facts, epoch } });
    if (taken.count === 1) return epoch;
  }
  throw new AppError("UNAVAILABLE", "too many connections of this runtime at the same time");
}

/** False when another connection made the row in the meantime. */
async function createFirst(prisma: PrismaClient, data: Parameters<PrismaClient["runtime"]["create"]>[0]["data"]): Promise<boolean> {
  try {
    await prisma.runtime.create({ data });
    return true;
  } catch (thrown) {
    if (isUniqueViolation(thrown)) return false;
    throw thrown;
  }
}
