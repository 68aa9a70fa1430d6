/** When the write-ahead log is moved into the database: not in the midst of writing, and not ever later either. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openSqliteConnection, type SqliteConnection } from "./sqlite-adapter.ts";

const MIB = 1024 * 1024;
/** Between two writes, and for how many (ms): longer in all than the quiet that is waited for. */
const PAUSE = 100;
const WRITES = 25;

let folder: string;
let connection: SqliteConnection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "test-checkpoint-"));
  connection = await openSqliteConnection(join(folder, "hub.db"));
  connection.database.exec('CREATE TABLE "Piece" ("data" BLOB)');
});

afterEach(async () => {
  await connection.checkpointer.close();
  connection.database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One transaction with `bytes`, told of as one of `size`. */
function write(size: number, bytes = MIB): void {
  connection.database.prepare('INSERT INTO "Piece" VALUES (zeroblob(?))').run(bytes);
  connection.checkpointer.committed(size);
}

const movedBytes = () => statSync(join(folder, "hub.db")).size;

it("is moved when nothing was written for a while, not between two writes", async () => {
  write(17 * MIB);
  for (let count = 0; count < WRITES; count += 1) {
    await delay(PAUSE);
    expect(movedBytes()).toBeLessThan(MIB);
    write(MIB);
  }
  await vi.waitUntil(() => movedBytes() > WRITES * MIB, { timeout: 10_000 });
});

it("is moved in the midst of writing when there is too much in it", async () => {
  // Too little by far for SQLite to move it by itself.
  const before = movedBytes();
  const writing = setInterval(() => write(MIB, 1_000), PAUSE / 10);
  try {
    await delay(PAUSE);
    expect(movedBytes()).toBe(before);
    write(64 * MIB);
    await vi.waitUntil(() => movedBytes() > MIB, { timeout: 10_000 });
  } finally {
    clearInterval(writing);
  }
});

it("is not moved for little", async () => {
  write(8 * MIB);
  await delay(1_500);
  expect(movedBytes()).toBeLessThan(MIB);
});

it("begins the log anew though writing goes on", async () => {
  let written = 0;
  let pause: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    const next = () => {
      void connection.gate.run(() => write(2 * MIB));
      written += 1;
      if (written === 300) resolve();
      else pause = setTimeout(next, 5);
    };
    next();
  });
  clearTimeout(pause);
  expect(statSync(join(folder, "hub.db-wal")).size).toBeLessThan(150 * MIB);
});
