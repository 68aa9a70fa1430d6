/** The recordings of this runtime's terminals: each in a file of its own until the hub has it, also over a crash. */
import { readdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { UploadQueue } from "../hub-link/upload-queue.ts";
import type { Recorder } from "./recorder.ts";
import { beginRecordingFile, type KeptRecording } from "./recording-file.ts";
import type { RecordingSpace } from "./recording-space.ts";

/** The end of a file in which its last event is looked for (bytes): longer than any one event. */
const TAIL_BYTES = 512 * 1024;

const RECORDING_TYPE = "application/x-asciicast";

/** A recording on its way. */
export interface SentRecording extends KeptRecording {
  readonly mime_type: typeof RECORDING_TYPE;
}

export interface RecordingsOptions {
  /** Where the files lie, with what a holder writes. */
  readonly space: RecordingSpace;
  readonly uploads: Pick<UploadQueue<SentRecording>, "add" | "stop">;
}

export interface Recordings extends Recorder {
  /** Uploads a file that a holder has finished. */
  keep(recording: KeptRecording): void;
  /** Uploads what a runtime before this one left; files with these names are still being written by a holder. */
  recover(unfinished?: ReadonlySet<string>): Promise<void>;
  /** Ends what is under way; files that were not uploaded stay for the next start. */
  stop(): Promise<void>;
}

/** Keeps recordings below one folder, as `<session>/<terminal>/<file>.cast`. */
export function createRecordings({ space, uploads }: RecordingsOptions): Recordings {
  const ending = new Set<Promise<void>>();
  /** Names of files that were enqueued: one that a holder tells of may be found at the start, too. */
  const known = new Set<string>();
  /** Names of files that are being written here. */
  const written = new Set<string>();

  function enqueue(recording: KeptRecording): void {
    if (known.has(recording.name)) return;
    known.add(recording.name);
    uploads.add({ ...recording, mime_type: RECORDING_TYPE });
  }

  return {
    begin(terminal, onFault) {
      const { name, recording, finished } = beginRecordingFile(space, terminal, onFault);
      written.add(name);
      return {
        ...recording,
        end() {
          recording.end();
          const work = finished.then((kept) => {
            written.delete(name);
            if (kept !== undefined) enqueue(kept);
          });
          ending.add(work);
          void work.finally(() => ending.delete(work));
        },
      };
    },
    keep: enqueue,
    async recover(unfinished = new Set()) {
      for (const recording of await findRecordings(space.folder, (name) => unfinished.has(name) || written.has(name))) enqueue(recording);
    },
    async stop() {
      await Promise.all(ending);
      await uploads.stop();
    },
  };
}

async function findRecordings(folder: string, isWritten: (name: string) => boolean): Promise<KeptRecording[]> {
  const found: KeptRecording[] = [];
  for (const path of listFiles(folder)) {
    const [session = "", terminal = "", name = ""] = path.split("/");
    if (isWritten(name)) continue;
    const file = join(folder, path);
    const measured = await mend(file);
    if (measured === undefined) continue;
    found.push({ ...measured, file, session_id: decodeURIComponent(session), terminal_id: decodeURIComponent(terminal), name });
  }
  return found;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /^[^/]+\/[^/]+\/[^/]+\.cast$/.test(path));
  } catch {
    return [];
  }
}

/**
 * Cuts what is left of a last line from a file that nobody closed, for players read whole lines. Tells its size then and the time of its last
 * event; undefined: it cannot be read, or nothing stands in it.
 */
async function mend(file: string): Promise<{ size: number; duration_ms: number } | undefined> {
  const handle = await open(file, "r+").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const written = (await handle.stat()).size;
    const tail = Buffer.alloc(Math.min(written, TAIL_BYTES));
    await handle.read(tail, 0, tail.length, written - tail.length);
    const whole = tail.lastIndexOf("\n") + 1;
    const size = written - tail.length + whole;
    if (size < written) await handle.truncate(size);
    if (size === 0) return undefined;
    const lines = tail.subarray(0, whole).toString("utf8").split("\n");
    const times = lines.flatMap((line) => {
      const time = /^\[(\d+(?:\.\d+)?), ?"[or]"/.exec(line)?.[1];
      return time === undefined ? [] : [Number(time)];
    });
    return { size, duration_ms: Math.round((times.at(-1) ?? 0) * 1_000) };
  } finally {
    await handle.close();
  }
}
