/** Fetches a file of a session: one that went with a message, a recording, or one that the agent made. */
import { AppError } from "@fairlead/protocol";
import { refusalOf } from "./http.ts";

export interface DownloadOptions {
  /** The hub's address with its sub-path, without a slash at the end. */
  readonly url: string;
  /** A Bearer token; without one the browser's cookie speaks. */
  readonly token: string | undefined;
  readonly sessionId: string;
  readonly fileId: string;
}

/** Where a file of a session lies, below the hub's address. */
export function filePath(sessionId: string, fileId: string): string {
  return `/api/sessions/${encodeURIComponent(sessionId)}/files/${encodeURIComponent(fileId)}`;
}

/** Rejects with AppError only: NOT_FOUND when the file is gone, UNAVAILABLE when the hub could not be reached. */
export async function downloadFile({ url, token, sessionId, fileId }: DownloadOptions): Promise<Blob> {
  try {
    const response = await fetch(url + filePath(sessionId, fileId), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      credentials: token === undefined ? "same-origin" : "omit",
    });
    if (response.ok) return await response.blob();
    throw refusalOf(await response.json().catch(() => undefined), `HTTP ${response.status} ${response.statusText}`);
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("UNAVAILABLE", "the hub cannot be reached", { cause });
  }
}
