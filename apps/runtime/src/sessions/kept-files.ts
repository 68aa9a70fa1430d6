/** The files that agents made, in a folder of this machine until the hub has them, also over a crash. */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, read as readWithCallback, renameSync, rmSync, statSync } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type FileProduced, fileProducedSchema, sha256Schema } from "@fairlead/protocol";
import { z } from "zod";
import type { UploadedFile } from "../hub-link/upload.ts";

/** Files that may wait for the hub, of one session and in all, and their bytes. */
const MOST_OF_SESSION = 200;
const MOST_BYTES_OF_SESSION = 200 * 1024 * 1024;
const MOST_BYTES = 1024 * 1024 * 1024;
/** How much is copied at a time (bytes); others have their turn in between. */
const CHUNK_BYTES = 256 * 1024;
const read = promisify(readWithCallback);

/** A file that waits for the hub. */
export interface KeptFile extends UploadedFile {
  readonly sha256: string;
}

/** Bytes to be kept: given, or of an open file from its beginning. */
export type Bytes = Buffer | { readonly fd: number; readonly size: number };

/** What the log is told of the file, of which this is needed to upload it. */
const noteSchema = z.object({ name: z.string(), mime_type: z.string(), sha256: sha256Schema });
/** How the name of a file's note ends: before the log is surely told of it, and from then on. */
const UNTOLD = ".new";
const TOLD = ".json";

export interface KeptFiles {
  hasRoom(sessionId: string, size: number): boolean;
  /**
   * Writes the bytes down, once by their hash, with what the log will be told of them. Rejects when the disk refuses. `isNew`: they did not
   * wait already. To be called for one file after the other.
   */
  keep(sessionId: string, told: FileProduced, bytes: Bytes): Promise<{ readonly file: KeptFile; readonly isNew: boolean }>;
  /** The log is told of it. */
  confirm(file: KeptFile): void;
  remove(file: KeptFile): void;
  /** What a runtime before this one left. `untold`: what the log may not have been told of it. */
  recover(): { readonly file: KeptFile; readonly untold?: FileProduced }[];
}

/** Keeps files as `<session>/<sha256>`, each with a note beside it that is written first and is renamed when the log is told. */
export function createKeptFiles(folder: string): KeptFiles {
  const waiting = new Map<string, Map<string, KeptFile>>();
  let total = 0;
  /** The session whose folder is being written to. */
  let writing: string | undefined;
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
    async keep(session_id, told, bytes) {
      const place = folderOf(session_id);
      const partial = join(place, `${randomUUID()}.part`);
      writing = session_id;
      try {
        await mkdir(place, { recursive: true, mode: 0o700 });
        const { sha256, size } = await copy(bytes, partial);
        const known = waiting.get(session_id)?.get(sha256);
        if (known !== undefined) return { file: known, isNew: false };
        const { name, mime_type } = told;
        const file: KeptFile = { session_id, file: join(place, sha256), name, mime_type, size, sha256 };
        await writeFile(`${file.file}${UNTOLD}`, JSON.stringify({ ...told, size, sha256 }), { mode: 0o600 });
        await rename(partial, file.file);
        note(file);
        return { file, isNew: true };
      } finally {
        writing = undefined;
        rmSync(partial, { force: true });
      }
    },
    confirm({ file }) {
      try {
        renameSync(`${file}${UNTOLD}`, `${file}${TOLD}`);
      } catch {
        // Somebody tidied up, which its upload will say, or the disk refuses; after a crash the log is looked at.
      }
    },
    remove(file) {
      const ofSession = waiting.get(file.session_id);
      if (ofSession?.delete(file.sha256) === true) total -= file.size;
      for (const ending of ["", TOLD, UNTOLD]) rmSync(`${file.file}${ending}`, { force: true });
      if (ofSession?.size !== 0) return;
      waiting.delete(file.session_id);
      if (writing === file.session_id) return;
      rmSync(folderOf(file.session_id), { recursive: true, force: true });
    },
    recover() {
      const found: { file: KeptFile; untold?: FileProduced }[] = [];
      for (const session of namesIn(folder)) {
        const place = join(folder, session);
        for (const name of namesIn(place)) {
          const path = join(place, name.replace(/\.(json|new)$/, ""));
          const noted = readNoted(path, decodeURIComponent(session));
          // A crash left it while it was written, so it was not told of.
          if (noted === undefined) rmSync(join(place, name), { force: true });
          else if (path.endsWith(name)) found.push(noted);
        }
      }
      for (const { file } of found) note(file);
      return found;
    },
  };
}

/** Writes the bytes to a new file and tells their hash; a file that grows meanwhile is taken as long as it was. */
async function copy(bytes: Bytes, path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash("sha256");
  const target = await open(path, "wx", 0o600);
  let size = 0;
  try {
    for await (const chunk of Buffer.isBuffer(bytes) ? piecesOf(bytes) : chunksOf(bytes)) {
      hash.update(chunk);
      await target.writeFile(chunk);
      size += chunk.length;
    }
  } finally {
    await target.close();
  }
  return { sha256: hash.digest("hex"), size };
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

async function* chunksOf({ fd, size }: { readonly fd: number; readonly size: number }): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await read(fd, chunk, 0, Math.min(chunk.length, size - at), at);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A file with its note; undefined: one of them is missing. */
function readNoted(file: string, session_id: string): { readonly file: KeptFile; readonly untold?: FileProduced } | undefined {
  const read = (ending: string): unknown => JSON.parse(readFileSync(`${file}${ending}`, "utf8"));
  try {
    const { size } = statSync(file);
    if (statSync(`${file}${TOLD}`, { throwIfNoEntry: false }) !== undefined)
      return { file: { ...noteSchema.parse(read(TOLD)), session_id, file, size } };
    const untold = fileProducedSchema.parse(read(UNTOLD));
    return { file: { ...noteSchema.parse(untold), session_id, file, size }, untold };
  } catch {
    return undefined;
  }
}
