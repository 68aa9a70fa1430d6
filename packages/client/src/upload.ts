/** Uploads a file to a session, so that a message can carry it: with progress in a browser, and one kind of error everywhere. */
import { AppError, type Attachment, attachmentSchema } from "@fairlead/protocol";
import { refusalOf } from "./http.ts";

export interface Upload {
  /** Rejects with AppError only: the hub's refusal, or UNAVAILABLE when it could not be reached or the upload was given up. */
  readonly done: Promise<Attachment>;
  /** Gives up; `done` rejects. */
  cancel(): void;
}

export interface UploadOptions {
  /** The hub's address with its sub-path, without a slash at the end. */
  readonly url: string;
  /** A Bearer token; without one the browser's cookie speaks. */
  readonly token: string | undefined;
  readonly sessionId: string;
  readonly file: Blob;
  readonly name: string;
  /** Told with the part that is on its way, 0..1; not in Node. */
  readonly onProgress?: (part: number) => void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A file without a type of its own. */
const UNKNOWN_TYPE = "application/octet-stream";

export function uploadFile(options: UploadOptions): Upload {
  const gone = new AbortController();
  const send = typeof XMLHttpRequest === "undefined" ? sendWithFetch : sendWithProgress;
  return { done: send(options, gone.signal).then(read), cancel: () => gone.abort() };
}

function addressOf({ url, sessionId, name }: UploadOptions): string {
  return `${url}/api/sessions/${encodeURIComponent(sessionId)}/files?name=${encodeURIComponent(name)}`;
}

function headersOf({ token, file }: UploadOptions): Record<string, string> {
  const type = { "content-type": file.type === "" ? UNKNOWN_TYPE : file.type, accept: "application/json" };
  return token === undefined ? type : { ...type, authorization: `Bearer ${token}` };
}

async function sendWithFetch(options: UploadOptions, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(addressOf(options), { method: "POST", headers: headersOf(options), body: options.file, signal });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw lost(signal, cause);
  }
}

/** `fetch` does not tell how much of a body has left. */
function sendWithProgress(options: UploadOptions, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addressOf(options));
    for (const [name, value] of Object.entries(headersOf(options))) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => options.onProgress?.(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }));
    for (const end of ["error", "timeout", "abort"]) request.addEventListener(end, () => reject(lost(signal)));
    signal.addEventListener("abort", () => request.abort());
    request.send(options.file);
  });
}

function lost(signal: AbortSignal, cause?: unknown): AppError {
  return new AppError("UNAVAILABLE", signal.aborted ? "the upload was given up" : "the hub cannot be reached", { cause });
}

function read({ status, text }: Answer): Attachment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (status < 200 || status >= 300) throw refusalOf(value, `HTTP ${status}`);
  const attachment = attachmentSchema.safeParse(value);
  if (!attachment.success)
    throw new AppError("UNAVAILABLE", "the hub answered with something that is no attachment", { cause: attachment.error });
  return attachment.data;
}
