/** Decides whether a file that an agent offers may be brought over: only regular files inside its own working directory. */
import { closeSync, constants, fstatSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, relative, resolve, sep } from "node:path";

export interface InsideFile {
  readonly ok: true;
  readonly path: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export interface RefusedFile {
  readonly ok: false;
  readonly reason: string;
}

const OUTSIDE: RefusedFile = { ok: false, reason: "it lies outside the agent's working directory" };

/**
 * Opens the file; the caller closes `fd`. `path` of the result is relative to `folder`, with links resolved. What is opened is looked for
 * inside once more, because the agent may change links meanwhile. Synchronous, so that a turn's end cannot overtake its files.
 */
export function openConfined(folder: string, path: string): (InsideFile & { readonly fd: number }) | RefusedFile {
  let fd: number | undefined;
  let isKept = false;
  try {
    const root = realpathSync(folder);
    const file = realpathSync(resolve(root, path));
    if (!isInside(root, file)) return OUTSIDE;
    if (!statSync(file).isFile()) return { ok: false, reason: "it is not a regular file" };
    // Not to wait for a pipe that has just taken its place.
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = fstatSync(fd);
    const now = realpathSync(file);
    const there = statSync(now);
    if (!isInside(root, now) || there.ino !== opened.ino || there.dev !== opened.dev) return OUTSIDE;
    if (!opened.isFile()) return { ok: false, reason: "it is not a regular file" };
    isKept = true;
    return { ok: true, fd, path: relative(root, now), name: basename(now), size: opened.size };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return { ok: false, reason: code === "ENOENT" ? "it does not exist" : "it cannot be read" };
  } finally {
    if (fd !== undefined && !isKept) closeSync(fd);
  }
}

function isInside(root: string, file: string): boolean {
  return file.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The same without keeping it open. */
export function confineFile(folder: string, path: string): InsideFile | RefusedFile {
  const found = openConfined(folder, path);
  if (!found.ok) return found;
  const { fd, ...inside } = found;
  closeSync(fd);
  return inside;
}
