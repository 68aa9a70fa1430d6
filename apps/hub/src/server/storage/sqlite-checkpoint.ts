/** Moves the write-ahead log into the database file in a thread of its own: that waits for the disk, and no socket should. */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

/**
 * A log with so much in it (bytes) is moved once nothing was written for a while (ms): the first write after that begins the log anew,
 * and waits for the disk to do so, a few hundred milliseconds on a slow one. In the midst of many answers everybody would see it.
 */
const MOVE_AFTER = 16 * 1024 * 1024;
const QUIET_MS = 1_000;
/** It is moved however much is being written when there is so much in it (bytes). */
const MOVE_AT_LATEST = 128 * 1024 * 1024;
/** What one transaction writes beside its events (bytes, about): pages of rows and indexes. */
const TRANSACTION_BYTES = 32 * 1024;

export interface Checkpointer {
  /** A transaction with events of this many characters was committed. */
  committed(size: number): void;
  /** Ends the thread; the connection that closes last moves what is left. */
  close(): Promise<void>;
}

/**
 * The thread's program, kept as text because the server is one file. What others write during a pass is left for the next one,
 * which is shorter; a log that was moved whole is begun anew by the next writer.
 */
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  const Database = require(workerData.driver);
  const database = new Database(workerData.file);
  parentPort.on("message", () => {
    for (let pass = 0; pass < 10; pass += 1) {
      const [{ log, checkpointed }] = database.pragma("wal_checkpoint(PASSIVE)");
      if (log === checkpointed) break;
    }
    parentPort.postMessage("moved");
  });
`;

/** The thread starts with the first need. Should it fail, SQLite's own bound (`wal_autocheckpoint`) still holds. */
export function createCheckpointer(file: string): Checkpointer {
  let worker: Worker | undefined;
  let moving = false;
  let written = 0;
  let quiet: NodeJS.Timeout | undefined;

  function start(): Worker {
    const driver = createRequire(import.meta.url).resolve("better-sqlite3");
    const started = new Worker(PROGRAM, { eval: true, workerData: { driver, file } });
    started.unref();
    started.on("message", () => {
      moving = false;
    });
    started.on("error", () => undefined);
    return started;
  }

  function move(): void {
    clearTimeout(quiet);
    quiet = undefined;
    if (moving) return;
    written = 0;
    moving = true;
    worker ??= start();
    worker.postMessage("move");
  }

  return {
    committed(size) {
      written += size + TRANSACTION_BYTES;
      if (written >= MOVE_AT_LATEST) move();
      else if (quiet !== undefined) quiet.refresh();
      else if (written >= MOVE_AFTER) quiet = setTimeout(move, QUIET_MS).unref();
    },
    async close() {
      clearTimeout(quiet);
      await worker?.terminate();
    },
  };
}
