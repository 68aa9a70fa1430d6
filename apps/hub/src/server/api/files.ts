/** The door for files: bytes in and out as streams, never as JSON. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { AppError } from "@fairlead/protocol";
import type { Services } from "../services/contract.ts";
import type { FileContent } from "../services/files.ts";
import type { Identify } from "./identify.ts";
import { sendJson } from "./respond.ts";

const SESSION_FILES = /^\/api\/sessions\/([^/]+)\/files$/;
const SESSION_FILE = /^\/api\/sessions\/([^/]+)\/files\/([^/]+)$/;
const RUNTIME_RECORDINGS = /^\/api\/runtime\/sessions\/([^/]+)\/recordings$/;
const RUNTIME_MADE = /^\/api\/runtime\/sessions\/([^/]+)\/files$/;
const RUNTIME_FILE = /^\/api\/runtime\/files\/([^/]+)$/;

/** Whether bodies at this path are files, which a slow line brings slowly. */
export const takesLong = (path: string) => [SESSION_FILES, RUNTIME_RECORDINGS, RUNTIME_MADE].some((door) => door.test(path));

/** Kinds a browser may show in place; all others are saved, so that nothing of a file can run as a page of ours. */
const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export interface FilesOptions {
  readonly services: Pick<Services, "files">;
  readonly identify: Identify;
}

/** Answers a request for files; false when the path is none of ours. Throws AppError. */
export type FilesDoor = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>;

export function createFilesDoor({ services: { files }, identify }: FilesOptions): FilesDoor {
  async function upload(request: IncomingMessage, response: ServerResponse, sessionId: string): Promise<void> {
    const { principal, facts } = await identify.caller(request);
    sendJson(response, 201, await files.upload(principal, { session_id: sessionId, ...saidOf(request), ...facts, body: request }));
  }

  /** What a runtime brings. */
  function broughtBy(request: IncomingMessage, sessionId: string) {
    const { facts } = identify.stranger(request);
    return { token: tokenOf(request), session_id: sessionId, ...saidOf(request), ...facts, body: request };
  }

  async function download(
    request: IncomingMessage,
    response: ServerResponse,
    file: { session_id: string; file_id: string },
  ): Promise<void> {
    const { principal, facts } = await identify.caller(request);
    await send(request, response, await files.download(principal, { ...file, ...facts }));
  }

  async function giveToRuntime(request: IncomingMessage, response: ServerResponse, fileId: string): Promise<void> {
    const { facts } = identify.stranger(request);
    await send(request, response, await files.downloadForRuntime({ token: tokenOf(request), file_id: fileId, ...facts }));
  }

  return async (request, response, path) => {
    const [, forUpload] = SESSION_FILES.exec(path) ?? [];
    const [, sessionId, fileId] = SESSION_FILE.exec(path) ?? [];
    const [, forRecording] = RUNTIME_RECORDINGS.exec(path) ?? [];
    const [, forMade] = RUNTIME_MADE.exec(path) ?? [];
    const [, forRuntime] = RUNTIME_FILE.exec(path) ?? [];
    if (forUpload !== undefined) {
      requireMethod(request, response, ["POST"]);
      await upload(request, response, decode(forUpload));
    } else if (sessionId !== undefined && fileId !== undefined) {
      requireMethod(request, response, ["GET", "HEAD"]);
      await download(request, response, { session_id: decode(sessionId), file_id: decode(fileId) });
    } else if (forRecording !== undefined) {
      requireMethod(request, response, ["POST"]);
      sendJson(response, 201, await files.uploadRecording(broughtBy(request, decode(forRecording))));
    } else if (forMade !== undefined) {
      requireMethod(request, response, ["POST"]);
      const sha256 = queryOf(request).get("sha256");
      sendJson(response, 201, await files.uploadMade({ ...broughtBy(request, decode(forMade)), sha256 }));
    } else if (forRuntime !== undefined) {
      requireMethod(request, response, ["GET", "HEAD"]);
      await giveToRuntime(request, response, decode(forRuntime));
    } else return false;
    return true;
  };
}

/** What is said of an upload beside its bytes. */
function saidOf(request: IncomingMessage): { readonly name: string | null; readonly mime_type: string | undefined } {
  return { name: queryOf(request).get("name"), mime_type: request.headers["content-type"]?.split(";", 1)[0] };
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? "/", "http://hub").searchParams;
}

function tokenOf(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function requireMethod(request: IncomingMessage, response: ServerResponse, methods: readonly string[]): void {
  if (methods.includes(request.method ?? "")) return;
  response.setHeader("allow", methods.join(", "));
  throw new AppError("METHOD_NOT_ALLOWED", `${request.method} is not possible here; ${methods.join(", ")} is`);
}

async function send(request: IncomingMessage, response: ServerResponse, { stream, name, mime_type, size }: FileContent): Promise<void> {
  const isShown = SHOWN.has(mime_type);
  response.writeHead(200, {
    "content-type": isShown ? mime_type : "application/octet-stream",
    "content-length": size,
    "content-disposition": `${isShown ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(name)}`,
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    // A file never changes, and only who may read it has its address.
    "cache-control": "private, max-age=31536000, immutable",
  });
  if (request.method === "HEAD") {
    stream.destroy();
    response.end();
    return;
  }
  // A reader that goes away is no failure of ours.
  await pipeline(stream, response).catch(() => response.destroy());
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AppError("INVALID_INPUT", "the path is not valid");
  }
}
