/** Files on their way to the hub, one at a time, each tried until the hub has it or never will: one that fails goes behind the others. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Upload, UploadedFile, UploadResult } from "./upload.ts";

/** How long to wait after a failed upload (ms): first, and at the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export interface UploadQueueOptions<F extends UploadedFile> {
  readonly upload: Upload;
  /** What becomes of it is known. Called before the file goes. */
  readonly onSettled: (file: F, result: UploadResult) => void;
  readonly log: Logger;
}

export interface UploadQueue<F extends UploadedFile> {
  /** One at a time: a file must not take the line from the terminals. */
  add(file: F): void;
  /** The hub is there (again): what waits to be tried again is tried now. */
  hurry(): void;
  /** Ends what is under way; files that were not uploaded stay. */
  stop(): Promise<void>;
}

export function createUploadQueue<F extends UploadedFile>({ upload, onSettled, log }: UploadQueueOptions<F>): UploadQueue<F> {
  const stopping = new AbortController();
  let fresh: F[] = [];
  let failed: F[] = [];
  let work: Promise<void> | undefined;
  let pause = new AbortController();
  /** When those that failed are tried again (performance time). */
  let due = 0;

  async function rest(delay: number): Promise<void> {
    pause = new AbortController();
    const signal = AbortSignal.any([stopping.signal, pause.signal]);
    await sleep(delay, undefined, { signal }).catch(() => undefined);
  }

  /** Whether what becomes of it is known. */
  async function deliver(file: F): Promise<boolean> {
    const { session_id } = file;
    try {
      const result = await upload(file, stopping.signal);
      if ("refused" in result) log.warn({ session_id, code: result.refused }, "the hub does not take a file; it is dropped");
      onSettled(file, result);
      rmSync(file.file, { force: true });
      return true;
    } catch (error) {
      if (!stopping.signal.aborted) log.debug({ session_id, reason: String(error) }, "a file could not be uploaded; it is tried again");
      return false;
    }
  }

  /** Whether what becomes of any of them is known. */
  async function deliverEach(round: readonly F[]): Promise<boolean> {
    let isAnySettled = false;
    for (const file of round) {
      if (!stopping.signal.aborted && (await deliver(file))) isAnySettled = true;
      else failed.push(file);
    }
    return isAnySettled;
  }

  /** Rests after each round, longer and longer while nothing is taken; a fresh file breaks the rest and leaves the failed ones theirs. */
  async function deliverAll(): Promise<void> {
    due = 0;
    for (let delay = FIRST_RETRY_MS; fresh.length + failed.length > 0 && !stopping.signal.aborted; ) {
      const isDue = performance.now() >= due;
      const round = isDue ? [...fresh, ...failed] : fresh;
      fresh = [];
      if (isDue) failed = [];
      const isAnySettled = await deliverEach(round);
      if (isDue) {
        if (isAnySettled) delay = FIRST_RETRY_MS;
        due = performance.now() + delay;
        delay = Math.min(2 * delay, LONGEST_RETRY_MS);
      }
      if (failed.length > 0 && fresh.length === 0 && !stopping.signal.aborted) await rest(Math.max(0, due - performance.now()));
    }
    work = undefined;
  }

  return {
    add(file) {
      fresh.push(file);
      pause.abort();
      work ??= deliverAll();
    },
    hurry() {
      due = 0;
      pause.abort();
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
