/** Files of sessions: what people send with messages, given to the runtime, and what it brings: recordings and what agents made. */
import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { AppError, type Attachment, lineSchema, parseInput, sha256Schema } from "@fairlead/protocol";
import { z } from "zod";
import { actorOfDeed } from "../domain/deeds.ts";
import type { Principal } from "../domain/principal.ts";
import type { SessionRecord } from "../storage/contract.ts";
import type { RequestFacts } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { type Carrier, createFileDeeds, detailOf } from "./file-deeds.ts";
import { allow } from "./operation.ts";
import { createReadable } from "./readable.ts";
import { createTokenCheck } from "./runtime-tokens.ts";
import { requireTerminal } from "./terminals.ts";
import { isUniqueViolation } from "./unique.ts";

/** Files one session may hold: of people and recordings, and as many that its agent made. */
const MOST_FILES = 200;
/** How many times the largest file's size the files may have that a session's agent made. */
const MOST_MADE_SIZES = 25;

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

const madeSchema = uploadSchema.extend({ sha256: sha256Schema });

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
  /** Of what an agent made. */
  readonly sha256?: string;
  readonly body: Readable;
}

export interface RuntimeUpload extends FileUpload {
  /** The runtime's. */
  readonly token: string | undefined;
}

export interface MadeUpload extends RuntimeUpload {
  /** The hex SHA-256 that the bytes must have. */
  readonly sha256: unknown;
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
  uploadRecording(upload: RuntimeUpload): Promise<Attachment>;
  /**
   * Stores a file that the agent of one of that runtime's sessions made, once by its hash, also of a closed session. Throws AppError:
   * INVALID_INPUT also for bytes that have another hash.
   */
  uploadMade(upload: MadeUpload): Promise<Attachment>;
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

  /** Throws LIMIT_EXCEEDED when the session holds as many files of this kind as it may. */
  async function requireRoom({ session_id, sha256 }: StoredFile): Promise<void> {
    const where = { sessionId: session_id, sha256: sha256 === undefined ? null : { not: null } };
    const { _count: held, _sum: sum } = await prisma.file.aggregate({ where, _count: true, _sum: { size: true } });
    const most = sha256 === undefined ? Number.POSITIVE_INFINITY : MOST_MADE_SIZES * deps.config.storage.max_file_bytes;
    if (held >= MOST_FILES || (sum.size ?? 0) >= most)
      throw new AppError("LIMIT_EXCEEDED", `this session holds ${held} files already; start a new one`);
  }

  async function store(file: StoredFile, limit: number): Promise<Attachment> {
    const { session_id, name, mime_type, sha256, body } = file;
    await requireRoom(file);
    const id = randomUUID();
    const blob = { session_id, file_id: id };
    const size = await blobs.put(blob, sha256 === undefined ? body : Readable.from(checked(body, sha256)), limit);
    const row = { id, sessionId: session_id, name, mimeType: mime_type, size, sha256, createdAt: new Date(deps.clock.now()) };
    try {
      return toAttachment(await prisma.file.create({ data: row }));
    } catch (error) {
      await blobs.remove(blob);
      // The same bytes came twice at once.
      const known = isUniqueViolation(error) && (await prisma.file.findFirst({ where: { sessionId: session_id, sha256 } }));
      if (!known) throw error;
      return toAttachment(known);
    }
  }

  /** The session that a runtime's upload is for. Throws UNAUTHENTICATED or NOT_FOUND. */
  async function sessionOf({ token, session_id }: Pick<RuntimeUpload, "token" | "session_id">): Promise<SessionRecord> {
    const ids = runtimesOf(token);
    const session = await eventLog.session(session_id);
    if (session === undefined || !ids.includes(session.runtime_id)) throw new AppError("NOT_FOUND", "there is no such session");
    return session;
  }

  /** Stores what a runtime brings; `known` finds what it brought before, when only the answer was lost. */
  async function takeFromRuntime(
    { runtime_id, address, ...file }: StoredFile & RequestFacts & { readonly runtime_id: string },
    known: { readonly name: string; readonly sha256: null } | { readonly sha256: string },
  ): Promise<Attachment> {
    const found = await prisma.file.findFirst({ where: { sessionId: file.session_id, ...known } });
    if (found !== null) {
      file.body.resume();
      return toAttachment(found);
    }
    const { max_file_bytes, max_recording_bytes } = deps.config.storage;
    const limit = file.sha256 === undefined ? max_recording_bytes : max_file_bytes;
    return deeds.upload({ actor: runtimeActor(runtime_id), address, ...file }, () => store(file, limit));
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
      const { runtime_id, state } = await sessionOf({ token, session_id });
      const { name, mime_type } = parseInput(uploadSchema, said);
      requireTerminal(state);
      // Its runtime names each recording once.
      return takeFromRuntime({ runtime_id, session_id, name, mime_type, body, address }, { name, sha256: null });
    },
    async uploadMade({ token, session_id, body, address, ...said }) {
      const { runtime_id } = await sessionOf({ token, session_id });
      const { name, mime_type, sha256 } = parseInput(madeSchema, said);
      return takeFromRuntime({ runtime_id, session_id, name, mime_type, sha256, body, address }, { sha256 });
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

/** The bytes as they come; throws INVALID_INPUT at their end when they are others than was said. */
async function* checked(body: Readable, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw new AppError("INVALID_INPUT", "sha256: the bytes have another one");
}

function toAttachment(row: { id: string; name: string; mimeType: string; size: number }): Attachment {
  return { file_id: row.id, name: row.name, mime_type: row.mimeType, size: row.size };
}
