/** Finds a command the way a shell does: a path as it stands, a bare name along PATH. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The file that would run, or undefined. A command with a slash is taken relative to `cwd`. */
export async function which(command: string, options: { readonly path: string; readonly cwd: string }): Promise<string | undefined> {
  const candidates = command.includes("/")
    ? [resolve(options.cwd, command)]
    : options.path
        .split(delimiter)
        .filter((folder) => folder !== "")
        .map((folder) => join(resolve(options.cwd, folder), command));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  return undefined;
}
