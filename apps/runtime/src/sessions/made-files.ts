/** What an agent makes and shows: its bytes are kept, the log is told of it, and the hub is given it. */
import { closeSync, readSync, statSync } from "node:fs";
import type { FileMissing, FileProduced } from "@fairlead/protocol";
import { openConfined } from "../adapters/confine.ts";
import type { FileMade } from "../adapters/contract.ts";
import type { Upload, UploadResult } from "../hub-link/upload.ts";
import { createUploadQueue } from "../hub-link/upload-queue.ts";
import type { Logger } from "../log.ts";
import { clipText, safeText } from "../process/text.ts";
import { type Bytes, createKeptFiles, type KeptFile } from "./kept-files.ts";
import { PICTURE_HEAD_BYTES, readPicture } from "./picture.ts";

/** The largest file while no hub has said what it takes (bytes). */
const DEFAULT_MAX_BYTES = 20_000_000;
/** As many characters of Base64 as a picture's head needs. */
const HEAD_CHARS = Math.ceil(PICTURE_HEAD_BYTES / 3) * 4;
/** Why a kept file is given up; none of the hub's own codes. */
const UNREADABLE = "UNREADABLE";
const KIND = /^[\w.+-]+\/[\w.+-]+$/;
/** Kinds that the hub lets a browser show: only what was seen to be a picture is called so. */
const PICTURE_TYPE = /^image\/(png|jpe?g|gif|webp)$/i;

/** What became of a file: where the hub keeps it, or why it does not. */
export type FileOutcome =
  | { readonly type: "file.stored"; readonly sha256: string; readonly file_id: string }
  | { readonly type: "file.dropped"; readonly sha256: string; readonly reason: FileMissing };

export interface MadeFilesOptions {
  /** Where the files lie. */
  readonly folder: string;
  readonly upload: Upload;
  readonly tell: (sessionId: string, event: FileProduced | FileOutcome) => void;
  /** Whether the log is seen to have been told of these bytes; asked of what was kept just before a crash. */
  readonly isTold: (sessionId: string, sha256: string) => boolean;
  readonly log: Logger;
}

export interface MadeFiles {
  /**
   * Keeps a file, one after the other, and begins to bring it over. Resolves with what the log is to be told; undefined: nothing, it lies
   * where nobody may look.
   */
  take(sessionId: string, made: FileMade): Promise<FileProduced | undefined>;
  /** A hub is connected, and takes files of this many bytes; undefined: it is too old to take any. */
  connected(maxBytes: number | undefined): void;
  /** Goes on with what a runtime before this one left. */
  recover(): void;
  /** Ends what is under way; files that were not uploaded stay for the next start. */
  stop(): Promise<void>;
}

export function createMadeFiles({ folder, upload, tell, isTold, log }: MadeFilesOptions): MadeFiles {
  const kept = createKeptFiles(folder);
  let last: Promise<unknown> = Promise.resolve();
  let maxBytes = DEFAULT_MAX_BYTES;
  /** Whether the hub takes files at all; undefined: none has been connected yet. */
  let isTaking: boolean | undefined;
  const uploads = createUploadQueue<KeptFile>({
    async upload(file, signal) {
      if (isTaking === undefined) throw new Error("no hub has said yet what it takes");
      if (!isTaking) return { refused: "NOT_FOUND" };
      // Somebody tidied up, or the machine lost its end; it would be tried for ever.
      if (statSync(file.file, { throwIfNoEntry: false })?.size !== file.size) return { refused: UNREADABLE };
      // The hub may take less now than when the file was kept.
      return file.size > maxBytes ? { refused: "TOO_LARGE" } : upload(file, signal);
    },
    onSettled(file, result) {
      const outcome = outcomeOf(file, result);
      if (outcome !== undefined) tell(file.session_id, outcome);
      kept.remove(file);
    },
    log,
  });

  /** `read` is called for what is small enough. */
  async function keep(session_id: string, told: FileProduced, read: () => Bytes): Promise<FileProduced> {
    const { size } = told;
    if (size > maxBytes) return { ...told, missing: "too_large" };
    if (!kept.hasRoom(session_id, size)) return { ...told, missing: "no_room" };
    try {
      const { file, isNew } = await kept.keep(session_id, told, read());
      // After the log is told of it, so that what becomes of it never comes first.
      if (isNew) setImmediate(() => bringOver(file));
      return { ...told, size: file.size, sha256: file.sha256 };
    } catch (error) {
      log.error({ err: error, session_id }, "cannot keep a file of an agent");
      return { ...told, missing: "unreadable" };
    }
  }

  /** The log is told of the file. */
  function bringOver(file: KeptFile): void {
    kept.confirm(file);
    uploads.add(file);
  }

  async function takeOne(sessionId: string, made: FileMade): Promise<FileProduced | undefined> {
    const { source } = made;
    if ("base64" in source) {
      const head = Buffer.from(source.base64.slice(0, HEAD_CHARS), "base64");
      const told = describe(made, { size: Buffer.byteLength(source.base64, "base64"), head });
      return keep(sessionId, told, () => Buffer.from(source.base64, "base64"));
    }
    const found = openConfined(source.folder, source.path);
    if (!found.ok) {
      log.debug({ session_id: sessionId, reason: found.reason }, "a file of an agent is not brought over");
      return undefined;
    }
    try {
      return await keep(sessionId, describe(made, { ...found, head: headOf(found) }), () => found);
    } finally {
      closeSync(found.fd);
    }
  }

  return {
    take(sessionId, made) {
      const told = last.then(() => takeOne(sessionId, made));
      last = told.catch(() => undefined);
      return told;
    },
    connected(bytes) {
      isTaking = bytes !== undefined;
      maxBytes = bytes ?? DEFAULT_MAX_BYTES;
      uploads.hurry();
    },
    recover() {
      for (const { file, untold } of kept.recover()) {
        if (untold !== undefined && !isTold(file.session_id, file.sha256)) tell(file.session_id, untold);
        if (untold === undefined) uploads.add(file);
        else bringOver(file);
      }
    },
    stop: uploads.stop,
  };
}

/** What is known of a file beside what its agent says: where it lies in the working directory, if it does, and what it is. */
interface Found {
  readonly name?: string;
  readonly path?: string;
  readonly size: number;
  readonly head: Buffer;
}

function describe({ mime_type: said, tool_call_id, parent_tool_call_id, ...made }: FileMade, found: Found): FileProduced {
  const picture = readPicture(found.head);
  const mime_type = picture?.mime_type ?? plainType(said);
  const name = nameOf(made.name ?? found.name, mime_type);
  return {
    type: "file.produced",
    name,
    path: clipText(safeText(found.path ?? name), 4_096),
    mime_type,
    size: found.size,
    ...picture?.size,
    ...(tool_call_id === undefined ? {} : { tool_call_id }),
    ...(parent_tool_call_id === undefined ? {} : { parent_tool_call_id }),
  };
}

/** The kind as its agent says, where that can stand in a header and claims no picture. */
function plainType(said: string): string {
  const kind = said.split(";", 1)[0]?.trim() ?? "";
  return kind.length <= 255 && KIND.test(kind) && !PICTURE_TYPE.test(kind) ? kind : "application/octet-stream";
}

function headOf({ fd, size }: { readonly fd: number; readonly size: number }): Buffer {
  const head = Buffer.alloc(Math.min(PICTURE_HEAD_BYTES, size));
  return head.subarray(0, readSync(fd, head, 0, head.length, 0));
}

/** One line without folders. */
function nameOf(name: string | undefined, mimeType: string): string {
  const line = safeText(name ?? "")
    .split(/[/\\]/)
    .pop()
    ?.replace(/\p{Cc}+/gu, " ")
    .trim();
  if (line !== undefined && line !== "") return clipText(line, 255);
  const [, kind = "", ending = ""] = /^(\w+)\/([\w-]{1,10})$/.exec(mimeType) ?? [];
  return kind === "image" ? `picture.${ending}` : kind === "audio" ? `sound.${ending}` : "file";
}

function outcomeOf({ sha256 }: KeptFile, result: UploadResult): FileOutcome | undefined {
  if ("file_id" in result) return { type: "file.stored", sha256, file_id: result.file_id };
  switch (result.refused) {
    // The session is gone, or the hub is too old to take files: it would not understand more either.
    case "NOT_FOUND":
      return undefined;
    case "TOO_LARGE":
      return { type: "file.dropped", sha256, reason: "too_large" };
    case UNREADABLE:
      return { type: "file.dropped", sha256, reason: "unreadable" };
    case "LIMIT_EXCEEDED":
      return { type: "file.dropped", sha256, reason: "no_room" };
    default:
      return { type: "file.dropped", sha256, reason: "refused" };
  }
}
