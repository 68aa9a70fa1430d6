/** Where a session's agent works and what it is given: its folder (or a git worktree made for it) and the files of its messages. */
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attachment } from "@fairlead/protocol";
import type { AttachedFile } from "../adapters/contract.ts";
import type { Worktrees } from "./worktree.ts";

/** How long a file may take from the hub, with all retries (ms). */
const FETCH_LIMIT_MS = 120_000;
const RETRY_MS = 1_000;

export interface WorkspaceOptions {
  readonly data_dir: string;
  readonly worktrees: Worktrees;
  /** The hub's HTTP address, and the token that lets this runtime read the files of its sessions. */
  readonly hub_url: string;
  readonly token: string;
}

export interface Workspace {
  /** Where the agent works. Rejects with an Error for people when it wants a worktree that cannot be had. */
  locate(request: {
    readonly session_id: string;
    readonly work_dir: string;
    readonly worktree: boolean;
  }): Promise<{ readonly work_dir: string; readonly branch?: string | undefined }>;
  /** Brings files to this machine. Rejects with an Error for people when one cannot be had; `signal` ends the wait. */
  fetch(sessionId: string, attachments: readonly Attachment[], signal: AbortSignal): Promise<AttachedFile[]>;
  /** The session is closed: its files and, if nothing in it would be lost, its worktree go. Resolves with what people should know. */
  release(sessionId: string): Promise<string | undefined>;
}

export function createWorkspace({ data_dir, worktrees, hub_url, token }: WorkspaceOptions): Workspace {
  const folderOf = (sessionId: string) => join(data_dir, "attachments", encodeURIComponent(sessionId));

  async function fetchOne(sessionId: string, file: Attachment, signal: AbortSignal): Promise<AttachedFile> {
    const folder = join(folderOf(sessionId), encodeURIComponent(file.file_id));
    const path = join(folder, safeName(file.name));
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== file.size) await download({ file, folder, path, signal });
    return { path, name: file.name, mime_type: file.mime_type, size: file.size };
  }

  /** Written beside and moved, so that a file under its name is whole. */
  async function download({ file, folder, path, signal }: { file: Attachment; folder: string; path: string; signal: AbortSignal }) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const bytes = await request(file, AbortSignal.any([signal, AbortSignal.timeout(FETCH_LIMIT_MS)]));
    if (bytes.length !== file.size) throw new Error(`"${file.name}" arrived with ${bytes.length} of ${file.size} bytes.`);
    await writeFile(`${path}.part`, bytes, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }

  /** The link to the hub may be cut just now; a refusal is final. */
  async function request(file: Attachment, signal: AbortSignal): Promise<Buffer> {
    for (;;) {
      try {
        const response = await fetch(`${hub_url}/api/runtime/files/${encodeURIComponent(file.file_id)}`, {
          headers: { authorization: `Bearer ${token}` },
          signal,
        });
        if (response.ok) return Buffer.from(await response.arrayBuffer());
        await response.body?.cancel();
        if (response.status < 500) throw new Refusal(`The hub does not give out "${file.name}" (${response.status}).`);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (signal.aborted) throw new Error(`"${file.name}" could not be fetched from the hub in time.`, { cause: error });
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    async locate({ session_id, work_dir, worktree }) {
      if (!worktree) return { work_dir };
      const { path, branch } = await worktrees.ensure(session_id, work_dir);
      return { work_dir: path, branch };
    },
    fetch: (sessionId, attachments, signal) => Promise.all(attachments.map((file) => fetchOne(sessionId, file, signal))),
    async release(sessionId) {
      await rm(folderOf(sessionId), { recursive: true, force: true });
      const left = await worktrees.release(sessionId);
      return left === undefined || left.removed ? undefined : `The session's worktree stays at ${left.path}: ${left.reason}`;
    },
  };
}

class Refusal extends Error {}

/** A name within its folder: agents show it, so it stays as it was as far as it can. */
function safeName(name: string): string {
  const clean = name.replace(/[/\\\0]/g, "_");
  return clean === "." || clean === ".." || clean === "" ? "file" : clean;
}
