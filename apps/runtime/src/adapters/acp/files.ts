/** The client's file methods of ACP: inside the working directory, links resolved, writes only when a person allows them. */
import { closeSync, constants, lstatSync, mkdirSync, openSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { clipText, safeText } from "../../process/text.ts";
import type { AskFirst, Reply } from "./client-methods.ts";
import type { Change } from "./content.ts";
import { showChange, textContent } from "./content.ts";
import type { ReadCurrent } from "./permissions.ts";
import { ACP_INVALID_PARAMS, ACP_NOT_FOUND, readFileSchema, writeFileSchema } from "./wire.ts";

/** The largest file that is read or written (bytes): a part of a file would be written back as the whole. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** The largest file that a proposed change is compared with (bytes). */
const MAX_COMPARED_BYTES = 1024 * 1024;
/** Changes that were allowed and not yet made. */
const MAX_GRANTS = 100;

export type Place =
  | { readonly ok: true; readonly path: string; readonly exists: boolean }
  | { readonly ok: false; readonly reason: string };

/** Where a path leads once its links are resolved, if that is inside `folder`; the last parts of it need not exist. */
export function placeInside(folder: string, path: string): Place {
  if (!isAbsolute(path)) return { ok: false, reason: "it is not absolute" };
  try {
    const root = realpathSync(folder);
    const missing: string[] = [];
    let known = path;
    while (!isThere(known)) {
      missing.unshift(basename(known));
      known = dirname(known);
    }
    // A link that leads nowhere cannot be resolved, and throws.
    const real = join(realpathSync(known), ...missing);
    if (missing.includes("..") || (real !== root && relative(root, real).split(sep)[0] === "..")) {
      return { ok: false, reason: "it lies outside the agent's working directory" };
    }
    return { ok: true, path: real, exists: missing.length === 0 };
  } catch {
    return { ok: false, reason: "it cannot be resolved" };
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Reads what a change is compared with. */
export function currentReader(folder: string): ReadCurrent {
  return (path) => {
    const place = placeInside(folder, path);
    if (!place.ok) return undefined;
    if (!place.exists) return null;
    try {
      const found = statSync(place.path);
      return found.isFile() && found.size <= MAX_COMPARED_BYTES ? readFileSync(place.path, "utf8") : undefined;
    } catch {
      return undefined;
    }
  };
}

export interface ClientFiles {
  read(params: unknown): Reply;
  write(params: unknown, ask: AskFirst): Reply | Promise<Reply>;
  /** A person has allowed these changes of whole files: making exactly them needs no second question. */
  grant(changes: readonly Change[]): void;
}

export function createClientFiles(work_dir: string): ClientFiles {
  const current = currentReader(work_dir);
  const grants: Change[] = [];

  function take({ path, before, after }: Change): boolean {
    const at = grants.findIndex((one) => one.path === path && one.before === before && one.after === after);
    if (at !== -1) grants.splice(at, 1);
    return at !== -1;
  }

  function put(path: string, content: string): Reply {
    const place = placeInside(work_dir, path);
    if (!place.ok || place.path !== path) return refusal(path, "it has changed its place since it was asked for");
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Should a link have taken its place by now, it is not followed.
      const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW);
      try {
        writeFileSync(file, content);
      } finally {
        closeSync(file);
      }
      return { ok: true, result: {} };
    } catch (error) {
      return refusal(path, error instanceof Error ? error.message : String(error));
    }
  }

  return {
    read(params) {
      const wanted = readFileSchema.safeParse(params).data;
      if (wanted === undefined) return { ok: false, code: ACP_INVALID_PARAMS, message: "fs/read_text_file needs a path" };
      const place = placeInside(work_dir, wanted.path);
      if (!place.ok) return refusal(wanted.path, place.reason);
      // Agents tell a new file by these words.
      if (!place.exists) return { ok: false, code: ACP_NOT_FOUND, message: `Resource not found: ${wanted.path} does not exist` };
      try {
        const found = statSync(place.path);
        if (!found.isFile()) return refusal(wanted.path, "it is not a regular file");
        if (found.size > MAX_FILE_BYTES) return refusal(wanted.path, `it has ${found.size} bytes, more than ${MAX_FILE_BYTES}`);
        return { ok: true, result: { content: linesOf(readFileSync(place.path, "utf8"), wanted) } };
      } catch (error) {
        return refusal(wanted.path, error instanceof Error ? error.message : String(error));
      }
    },
    write(params, ask) {
      const wanted = writeFileSchema.safeParse(params).data;
      if (wanted === undefined) return { ok: false, code: ACP_INVALID_PARAMS, message: "fs/write_text_file needs a path and content" };
      const { content } = wanted;
      if (Buffer.byteLength(content) > MAX_FILE_BYTES) return refusal(wanted.path, `more than ${MAX_FILE_BYTES} bytes cannot be written`);
      const place = placeInside(work_dir, wanted.path);
      if (!place.ok) return refusal(wanted.path, place.reason);
      const { path } = place;
      const before = current(path);
      if (before !== undefined && take({ path, before, after: content })) return put(path, content);
      const title = clipText(`${place.exists ? "Write" : "Create"} ${safeText(relative(work_dir, path)) || path}`, 200);
      const answer = ask({
        tool: "fs/write_text_file",
        kind: "edit",
        title,
        input: { path: safeText(path), content: safeText(content) },
        subject: { paths: [safeText(path)] },
        content: [
          before === undefined
            ? textContent(`What is there now cannot be compared; it would be replaced by ${content.length} characters.`)
            : showChange({ path: safeText(path), before, after: safeText(content) }),
        ],
      });
      return answer.then((refused) => refused ?? put(path, content));
    },
    grant(changes) {
      for (const { path, before, after } of changes) {
        const place = placeInside(work_dir, path);
        if (!place.ok || after === null || current(place.path) !== before) continue;
        grants.push({ path: place.path, before, after });
        if (grants.length > MAX_GRANTS) grants.shift();
      }
    },
  };
}

function linesOf(text: string, { line, limit }: { line?: number | null | undefined; limit?: number | null | undefined }): string {
  if ((line ?? 0) <= 1 && (limit === undefined || limit === null)) return text;
  const start = Math.max((line ?? 1) - 1, 0);
  const lines = text.split("\n");
  return lines.slice(start, limit === undefined || limit === null ? undefined : start + limit).join("\n");
}

function refusal(path: string, reason: string): Reply {
  return { ok: false, code: ACP_INVALID_PARAMS, message: `"${path}" was refused: ${reason}` };
}
