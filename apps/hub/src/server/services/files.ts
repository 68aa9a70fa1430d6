/** Files of sessions: what people send with messages, given to the runtime, and the recordings it makes of terminals. */
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { AppError, type Attachment, lineSchema, parseInput } from "@fairlead/protocol";
import { z } from "zod";
import { actorOfDeed } from "../domain/deeds.ts";
import type { Principal } from "../domain/principal.ts";
import type { RequestFacts } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { type Carrier, createFileDeeds, detailOf } from "./file-deeds.ts";
import { allow } from "./operation.ts";
import { createReadable } from "./readable.ts";
import { createTokenCheck } from "./runtime-tokens.ts";
import { requireTerminal } from "./terminals.ts";

/** Files one session may hold. */
const MOST_FILES = 200;

/** What is said of a file at its upload. A name is one line without folders. */
const uploadSchema = z.object({
  name: lineSchema
    .min(1, "must not be empty")
    .max(255)
    .regex(/^[^/\\]+$/, "must not hold / or \\"),
  mime_type: z
    .string()
    .max(255)
    .regex(/^[\w.+-]+\/[\w.+-]+$/)
    .catch("application/octet-stream"),
});

export interface FileContent extends Attachment {
  readonly stream: Readable;
}

export interface FileUpload extends RequestFacts {
  readonly session_id: string;
  readonly name: unknown;
  readonly mime_type: unknown;
  readonly body: Readable;
}

/** An upload that was checked. */
interface StoredFile {
  readonly session_id: string;
  readonly name: string;
  readonly mime_type: string;
  readonly body: Readable;
}

export interface RecordingUpload extends FileUpload {
  /** The runtime's. */
  readonly token: string | undefined;
}

export interface FileRequest extends RequestFacts {
  readonly session_id: string;
  readonly file_id: string;
}

export interface RuntimeFileRequest extends RequestFacts {
  readonly token: string | undefined;
  readonly file_id: string;
}

/** A file that was found, with whose it is. */
interface OpenedFile {
  readonly content: FileContent;
  readonly session_id: string;
  readonly runtime_id: string;
}

/** What comes and goes is written into the audit trail, but for what strangers send and what does not parse. */
export interface Files {
  /** Stores a file for a session that the principal may write in. Throws AppError. */
  upload(principal: Principal, upload: FileUpload): Promise<Attachment>;
  /**
   * Stores a recording of a terminal of one of that runtime's sessions, also of a closed one: it is whole only when its program has
   * ended. Throws AppError.
   */
  uploadRecording(upload: RecordingUpload): Promise<Attachment>;
  /** A file of a session that the principal may read. Throws NOT_FOUND. */
  download(principal: Principal, file: FileRequest): Promise<FileContent>;
  /** A file of one of that runtime's sessions. Throws UNAUTHENTICATED or NOT_FOUND. */
  downloadForRuntime(file: RuntimeFileRequest): Promise<FileContent>;
  /** What a message says of its files. Throws INVALID_INPUT for one that the session does not have. */
  describe(sessionId: string, fileIds: readonly string[]): Promise<Attachment[]>;
  /** Removes the bytes of sessions that are gone. */
  forget(sessionIds: readonly string[]): Promise<void>;
}

export function createFiles(deps: Pick<ServiceDependencies, "db" | "config" | "clock" | "blobs" | "audit">): Files {
  const { blobs } = deps;
  const { prisma, log: eventLog } = deps.db;
  const readable = createReadable(deps);
  const tokens = deps.config.auth.runtime_tokens;
  const fits = createTokenCheck(tokens);
  const deeds = createFileDeeds(deps);

  async function open(where: { id: string; sessionId?: string; session?: { runtimeId: { in: string[] } } }): Promise<OpenedFile> {
    const row = await prisma.file.findFirst({ where, include: { session: { select: { runtimeId: true } } } });
    const found = row === null ? undefined : await blobs.get({ session_id: row.sessionId, file_id: row.id });
    if (row === null || found === undefined) throw new AppError("NOT_FOUND", "there is no such file");
    const content = { ...toAttachment(row), size: found.size, stream: found.stream };
    return { content, session_id: row.sessionId, runtime_id: row.session.runtimeId };
  }

  /** The runtimes that the token belongs to. Throws UNAUTHENTICATED. */
  function runtimesOf(token: string | undefined): string[] {
    const ids = [...new Set(tokens.map(({ runtime_id }) => runtime_id))].filter((runtimeId) => fits(runtimeId, token));
    if (ids.length === 0) throw new AppError("UNAUTHENTICATED", "a runtime's token is needed here");
    return ids;
  }

  function runtimeActor(id: string): Carrier["actor"] {
    return { kind: "runtime", id, name: tokens.find(({ runtime_id }) => runtime_id === id)?.name || id };
  }

  async function store(file: StoredFile, limit: number): Promise<Attachment> {
    const { session_id, name, mime_type, body } = file;
    const held = await prisma.file.count({ where: { sessionId: session_id } });
    if (held >= MOST_FILES) throw new AppError("LIMIT_EXCEEDED", `this session holds ${held} files already; start a new one`);
    const id = randomUUID();
    const blob = { session_id, file_id: id };
    const size = await blobs.put(blob, body, limit);
    const row = { id, sessionId: session_id, name, mimeType: mime_type, size, createdAt: new Date(deps.clock.now()) };
    try {
      return toAttachment(await prisma.file.create({ data: row }));
    } catch (error) {
      await blobs.remove(blob);
      throw error;
    }
  }

  return {
    async upload(principal, { session_id, body, address, ...said }) {
      const work = async () => {
        const session = allow(principal, "session.write", await eventLog.session(session_id));
        const { name, mime_type } = parseInput(uploadSchema, said);
        const { closed } = session.state;
        if (closed === "user" || closed === "admin") throw new AppError("CONFLICT", "this session is closed; start a new one");
        return store({ session_id, name, mime_type, body }, deps.config.storage.max_file_bytes);
      };
      const valid = uploadSchema.safeParse(said);
      if (principal.kind !== "user" || !valid.success) return work();
      return deeds.upload({ actor: actorOfDeed(principal), address, session_id, ...valid.data }, work);
    },
    async uploadRecording({ token, session_id, body, address, ...said }) {
      const ids = runtimesOf(token);
      const session = await eventLog.session(session_id);
      if (session === undefined || !ids.includes(session.runtime_id)) throw new AppError("NOT_FOUND", "there is no such session");
      const { name, mime_type } = parseInput(uploadSchema, said);
      requireTerminal(session.state);
      // Its runtime names each recording once: one that it sends again arrived before, and only the answer was lost.
      const known = await prisma.file.findFirst({ where: { sessionId: session_id, name } });
      if (known !== null) {
        body.resume();
        return toAttachment(known);
      }
      const file = { session_id, name, mime_type, body };
      const upload = { actor: runtimeActor(session.runtime_id), address, ...file };
      return deeds.upload(upload, () => store(file, deps.config.storage.max_recording_bytes));
    },
    async download(principal, { session_id, file_id, address }) {
      const work = async () => {
        allow(principal, "session.read", await readable.session(session_id));
        return open({ id: file_id, sessionId: session_id });
      };
      if (principal.kind !== "user") return (await work()).content;
      const download = { actor: actorOfDeed(principal), address, session_id, file_id };
      return (await deeds.download(download, work, ({ content }) => ({ detail: detailOf(content) }))).content;
    },
    async downloadForRuntime({ token, file_id, address }) {
      const ids = runtimesOf(token);
      const download = { actor: runtimeActor(ids[0] ?? ""), address, file_id };
      const { content } = await deeds.download(
        download,
        () => open({ id: file_id, session: { runtimeId: { in: ids } } }),
        (file) => ({ actor: runtimeActor(file.runtime_id), session_id: file.session_id, detail: detailOf(file.content) }),
      );
      return content;
    },
    async describe(sessionId, fileIds) {
      if (fileIds.length === 0) return [];
      const rows = await prisma.file.findMany({ where: { sessionId, id: { in: [...fileIds] } } });
      return fileIds.map((id) => {
        const row = rows.find((candidate) => candidate.id === id);
        if (row === undefined) throw new AppError("INVALID_INPUT", `attachments: this session has no file ${id}`);
        return toAttachment(row);
      });
    },
    async forget(sessionIds) {
      for (const id of sessionIds) await blobs.removeSession(id);
    },
  };
}

function toAttachment(row: { id: string; name: string; mimeType: string; size: number }): Attachment {
  return { file_id: row.id, name: row.name, mime_type: row.mimeType, size: row.size };
}
