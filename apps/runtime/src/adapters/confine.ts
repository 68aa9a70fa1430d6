/** Decides whether a file that an agent offers may be shown: only regular files inside its own working directory. */
import { realpathSync, statSync } from "node:fs";
import { basename, relative, resolve, sep } from "node:path";

export type Confined =
  | { readonly ok: true; readonly path: string; readonly name: string; readonly size: number }
  | { readonly ok: false; readonly reason: string };

/** `path` of the result is relative to `folder`, with links resolved. Synchronous, so that a turn's end cannot overtake its files. */
export function confineFile(folder: string, path: string): Confined {
  try {
    const root = realpathSync(folder);
    const file = realpathSync(resolve(root, path));
    if (!file.startsWith(root.endsWith(sep) ? root : root + sep))
      return { ok: false, reason: "it lies outside the agent's working directory" };
    const found = statSync(file);
    if (!found.isFile()) return { ok: false, reason: "it is not a regular file" };
    return { ok: true, path: relative(root, file), name: basename(file), size: found.size };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return { ok: false, reason: code === "ENOENT" ? "it does not exist" : "it cannot be read" };
  }
}
