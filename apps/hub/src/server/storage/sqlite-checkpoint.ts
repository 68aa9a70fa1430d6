/** Moves the write-ahead log into the database file in a thread of its own: that waits for the disk, and no socket should. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Gate } from "./sqlite-gate.ts";

/**
 * A log with so much in it (bytes) is moved once nothing was written for a while (ms): in the midst of many answers the disk has
 * enough to do.
 */
const MOVE_AFTER = 16 * 1024 * 1024;
const QUIET_MS = 1_000;
/** It is moved however much is being written when there is so much in it (bytes). */
const MOVE_AT_LATEST = 64 * 1024 * 1024;
/** What one transaction writes beside its events (bytes, about): pages of rows and indexes. */
const TRANSACTION_BYTES = 32 * 1024;

export interface Checkpointer {
  /** A transaction with events of this many characters was committed. */
  committed(size: number): void;
  /** Ends the thread; the connection that closes last moves what is left. */
  close(): Promise<void>;
}

/**
 * The thread's program, kept as text because the server is one file. It makes one pass, or passes until one finds less than a MiB
 * (256 pages): what others write during a pass is left for the next one, which is shorter.
 */
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  const Database = require(workerData.driver);
  const database = new Database(workerData.file);
  const pass = () => database.pragma("wal_checkpoint(PASSIVE)")[0].checkpointed;
  parentPort.on("message", (passes) => {
    let moved = 0;
    for (let count = 0; count < passes; count += 1) {
      const before = moved;
      moved = pass();
      if (moved - before < 256) break;
    }
    parentPort.postMessage("moved");
  });
`;
const MOST = 10;
const LAST = 1;

/**
 * The last pass is made while nobody writes: only a log that was moved whole is begun anew by the next write, any other grows.
 * Writers wait for that pass, sockets do not. The thread starts with the first need; should it fail, SQLite's own bound
 * (`wal_autocheckpoint`) still holds.
 */
export function createCheckpointer(file: string, gate: Gate): Checkpointer {
  let worker: Worker | undefined;
  let moving: Promise<void> | undefined;
  let written = 0;
  let quiet: NodeJS.Timeout | undefined;

  function start(): Worker {
    const driver = createRequire(import.meta.url).resolve("better-sqlite3");
    const started = new Worker(PROGRAM, { eval: true, workerData: { driver, file } });
    started.unref();
    started.on("error", () => {
      worker = undefined;
    });
    return started;
  }

  async function pass(count: number): Promise<void> {
    worker ??= start();
    worker.postMessage(count);
    await once(worker, "message");
  }

  async function move(): Promise<void> {
    await pass(MOST);
    const giveBack = await gate.acquire();
    try {
      await pass(LAST);
    } finally {
      giveBack();
    }
  }

  function begin(): void {
    clearTimeout(quiet);
    quiet = undefined;
    if (moving !== undefined) return;
    written = 0;
    moving = move()
      .catch(() => undefined)
      .finally(() => {
        moving = undefined;
      });
  }

  return {
    committed(size) {
      written += size + TRANSACTION_BYTES;
      if (written >= MOVE_AT_LATEST) begin();
      else if (quiet !== undefined) quiet.refresh();
      else if (written >= MOVE_AFTER) quiet = setTimeout(begin, QUIET_MS).unref();
    },
    async close() {
      clearTimeout(quiet);
      await moving;
      await worker?.terminate();
    },
  };
}
