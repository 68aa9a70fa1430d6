/** The files that agents made, in a folder of this machine until the hub has them, also over a crash. */
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { sha256Schema } from "@fairlead/protocol";
import { z } from "zod";
import type { UploadedFile } from "../hub-link/upload.ts";

/** Files that may wait for the hub, of one session and in all, and their bytes. */
const MOST_OF_SESSION = 200;
const MOST_BYTES_OF_SESSION = 200 * 1024 * 1024;
const MOST_BYTES = 1024 * 1024 * 1024;
/** How much is copied at a time (bytes). */
const CHUNK_BYTES = 1024 * 1024;

/** A file that waits for the hub. */
export interface KeptFile extends UploadedFile {
  readonly sha256: string;
}

/** Bytes to be kept: given, or of an open file from its beginning. */
export type Bytes = Buffer | { readonly fd: number; readonly size: number };

const noteSchema = z.object({ name: z.string(), mime_type: z.string(), sha256: sha256Schema });

export interface KeptFiles {
  hasRoom(sessionId: string, size: number): boolean;
  /** Writes the bytes down, once by their hash. Throws when the disk refuses. `isNew`: they did not wait already. */
  keep(file: Pick<KeptFile, "session_id" | "name" | "mime_type">, bytes: Bytes): { readonly file: KeptFile; readonly isNew: boolean };
  remove(file: KeptFile): void;
  /** What a runtime before this one left. */
  recover(): KeptFile[];
}

/** Keeps files as `<session>/<sha256>`, each with a note beside it that is written first. */
export function createKeptFiles(folder: string): KeptFiles {
  const waiting = new Map<string, Map<string, KeptFile>>();
  let total = 0;
  const folderOf = (sessionId: string) => join(folder, encodeURIComponent(sessionId));

  function note(file: KeptFile): void {
    const ofSession = waiting.get(file.session_id) ?? new Map<string, KeptFile>();
    waiting.set(file.session_id, ofSession.set(file.sha256, file));
    total += file.size;
  }

  return {
    hasRoom(sessionId, size) {
      const files = [...(waiting.get(sessionId)?.values() ?? [])];
      const bytes = files.reduce((sum, file) => sum + file.size, size);
      return files.length < MOST_OF_SESSION && bytes <= MOST_BYTES_OF_SESSION && total + size <= MOST_BYTES;
    },
    keep({ session_id, name, mime_type }, bytes) {
      const place = folderOf(session_id);
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const partial = join(place, `${randomUUID()}.part`);
      try {
        const { sha256, size } = copy(bytes, partial);
        const known = waiting.get(session_id)?.get(sha256);
        if (known !== undefined) return { file: known, isNew: false };
        const file: KeptFile = { session_id, file: join(place, sha256), name, mime_type, size, sha256 };
        writeFileSync(`${file.file}.json`, JSON.stringify({ name, mime_type, sha256 }), { mode: 0o600 });
        renameSync(partial, file.file);
        note(file);
        return { file, isNew: true };
      } finally {
        rmSync(partial, { force: true });
      }
    },
    remove(file) {
      const ofSession = waiting.get(file.session_id);
      if (ofSession?.delete(file.sha256) === true) total -= file.size;
      rmSync(file.file, { force: true });
      rmSync(`${file.file}.json`, { force: true });
      if (ofSession?.size !== 0) return;
      waiting.delete(file.session_id);
      rmSync(folderOf(file.session_id), { recursive: true, force: true });
    },
    recover() {
      const found: KeptFile[] = [];
      for (const session of namesIn(folder)) {
        const place = join(folder, session);
        for (const name of namesIn(place)) {
          const path = join(place, name.replace(/\.json$/, ""));
          const file = readNoted(path);
          // A crash left it while it was written, so it was not told of.
          if (file === undefined) rmSync(join(place, name), { force: true });
          else if (!name.endsWith(".json")) found.push({ ...file, session_id: decodeURIComponent(session) });
        }
      }
      for (const file of found) note(file);
      return found;
    },
  };
}

/** Writes the bytes to a new file and tells their hash; a file that grows meanwhile is taken as long as it was. */
function copy(bytes: Bytes, path: string): { readonly sha256: string; readonly size: number } {
  const hash = createHash("sha256");
  const target = openSync(path, "wx", 0o600);
  let size = 0;
  try {
    for (const chunk of Buffer.isBuffer(bytes) ? [bytes] : chunksOf(bytes)) {
      hash.update(chunk);
      for (let done = 0; done < chunk.length; ) done += writeSync(target, chunk, done);
      size += chunk.length;
    }
  } finally {
    closeSync(target);
  }
  return { sha256: hash.digest("hex"), size };
}

function* chunksOf({ fd, size }: { readonly fd: number; readonly size: number }): Generator<Buffer> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size));
  for (let at = 0; at < size; ) {
    const read = readSync(fd, chunk, 0, Math.min(chunk.length, size - at), at);
    if (read === 0) return;
    yield chunk.subarray(0, read);
    at += read;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readNoted(file: string): Omit<KeptFile, "session_id"> | undefined {
  try {
    return { ...noteSchema.parse(JSON.parse(readFileSync(`${file}.json`, "utf8"))), file, size: statSync(file).size };
  } catch {
    return undefined;
  }
}
