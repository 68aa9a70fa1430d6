/** The bytes of files in one directory: a folder per session, so that a session's files go together. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "@fairlead/protocol";

export interface BlobStore {
  /**
   * Stores a body under ids that are safe in a path. Resolves with its size in bytes when it is whole on disk; a body that is longer than
   * `limit` is TOO_LARGE, one whose sender goes away rejects, and neither leaves anything behind.
   */
  put(blob: { readonly session_id: string; readonly file_id: string }, body: Readable, limit: number): Promise<number>;
  /** The bytes; undefined when there are none. */
  get(blob: {
    readonly session_id: string;
    readonly file_id: string;
  }): Promise<{ readonly stream: Readable; readonly size: number } | undefined>;
  remove(blob: { readonly session_id: string; readonly file_id: string }): Promise<void>;
  /** Removes all files of a session. */
  removeSession(sessionId: string): Promise<void>;
}

/** `directory` is made when the first file comes. */
export function createDiskStore(directory: string): BlobStore {
  const folderOf = (sessionId: string) => join(directory, encodeURIComponent(sessionId));
  const pathOf = ({ session_id, file_id }: { session_id: string; file_id: string }) =>
    join(folderOf(session_id), encodeURIComponent(file_id));

  return {
    async put(blob, body, limit) {
      const path = pathOf(blob);
      const partial = `${path}.part`;
      let size = 0;
      async function* counted(): AsyncGenerator<Buffer> {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > limit) throw new AppError("TOO_LARGE", `the file is larger than ${limit} bytes`);
          yield chunk;
        }
      }
      await mkdir(folderOf(blob.session_id), { recursive: true, mode: 0o700 });
      try {
        await pipeline(counted, createWriteStream(partial, { mode: 0o600 }));
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      return size;
    },
    async get(blob) {
      const found = await stat(pathOf(blob)).catch(() => undefined);
      return found === undefined ? undefined : { stream: createReadStream(pathOf(blob)), size: found.size };
    },
    remove: (blob) => rm(pathOf(blob), { force: true }),
    removeSession: (sessionId) => rm(folderOf(sessionId), { recursive: true, force: true }),
  };
}
