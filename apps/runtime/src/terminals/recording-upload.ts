/** Gives a recording to the hub over HTTP, as a stream: it may be larger than what should be held in memory. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { z } from "zod";
import type { KeptRecording } from "./recording-file.ts";

/** Longest upload (ms). */
const UPLOAD_LIMIT_MS = 600_000;

const answerSchema = z.object({ file_id: z.string() });

/** Binds uploading to one hub. `url` is its HTTP address without a final slash. */
export function createRecordingUpload({ url, token }: { readonly url: string; readonly token: string }) {
  return async function upload(recording: KeptRecording, signal: AbortSignal): Promise<string | undefined> {
    const { session_id, name, file, size } = recording;
    const address = `${url}/api/runtime/sessions/${encodeURIComponent(session_id)}/recordings?name=${encodeURIComponent(name)}`;
    const response = await fetch(address, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/x-asciicast", "content-length": String(size) },
      body: Readable.toWeb(createReadStream(file)) as ReadableStream,
      signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_LIMIT_MS)]),
      // A body that is a stream must be sent whole before the answer is read.
      duplex: "half",
    } as RequestInit);
    if (response.ok) return answerSchema.parse(await response.json()).file_id;
    await response.body?.cancel();
    // The hub is away, restarting or busy, or this runtime's token is being changed: it may take it later.
    if (response.status >= 500 || response.status === 401 || response.status === 429)
      throw new Error(`the hub answered ${response.status}`);
    return undefined;
  };
}
