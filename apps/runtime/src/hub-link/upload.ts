/** Gives a file to the hub over HTTP, as a stream: it may be larger than what should be held in memory. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { z } from "zod";

/** Longest upload (ms). */
const UPLOAD_LIMIT_MS = 600_000;

const answerSchema = z.object({ file_id: z.string() });
const refusalSchema = z.object({ code: z.string() });

export interface UploadedFile {
  readonly session_id: string;
  /** Where it lies on this machine. */
  readonly file: string;
  readonly name: string;
  readonly mime_type: string;
  /** Bytes. */
  readonly size: number;
  /** In hex; of what an agent made. */
  readonly sha256?: string | undefined;
}

/** `refused`: the hub will never take it, and says why by one of the protocol's error codes. */
export type UploadResult = { readonly file_id: string } | { readonly refused: string };

/** Rejects when it may be taken later. */
export type Upload = (file: UploadedFile, signal: AbortSignal) => Promise<UploadResult>;

/** Binds uploading to one of the hub's doors. `url` is its HTTP address without a final slash. */
export function createUpload({
  url,
  token,
  door,
}: {
  readonly url: string;
  readonly token: string;
  readonly door: "recordings" | "files";
}): Upload {
  return async function upload({ session_id, name, mime_type, file, size, sha256 }, signal) {
    const query = new URLSearchParams(sha256 === undefined ? { name } : { name, sha256 });
    const response = await fetch(`${url}/api/runtime/sessions/${encodeURIComponent(session_id)}/${door}?${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": mime_type, "content-length": String(size) },
      body: Readable.toWeb(createReadStream(file)) as ReadableStream,
      signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_LIMIT_MS)]),
      // A body that is a stream must be sent whole before the answer is read.
      duplex: "half",
    } as RequestInit);
    const text = await response.text();
    if (response.ok) return { file_id: answerSchema.parse(JSON.parse(text)).file_id };
    const code = codeOf(text);
    // The hub is away, restarting or busy, or this runtime's token is being changed: it may take it later.
    const isFull = code === "LIMIT_EXCEEDED" && !response.headers.has("retry-after");
    if (response.status >= 500 || response.status === 401 || (response.status === 429 && !isFull))
      throw new Error(`the hub answered ${response.status}`);
    return { refused: code ?? String(response.status) };
  };
}

function codeOf(text: string): string | undefined {
  try {
    return refusalSchema.safeParse(JSON.parse(text)).data?.code;
  } catch {
    return undefined;
  }
}
