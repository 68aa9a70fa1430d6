/** Where a runtime and its holder meet: a socket that only this user can reach. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { HOLDER_VERSION } from "./holder-messages.ts";

/** Longest path of a Unix socket (bytes): Linux takes 107, macOS 103. */
const LONGEST_PATH = 103;

/** A holder of each version has places of its own: one that a runtime of another version started is left alone. */
function nameOf(version: number): string {
  return version === 1 ? "holder" : `holder-${version}`;
}

/** What the holder keeps in the data directory: its socket, and the record of its programs. */
export function holderFolder(dataDir: string, version: number = HOLDER_VERSION): string {
  return join(dataDir, nameOf(version));
}

/** The folders of all versions' holders that there were. */
export function holderFolders(dataDir: string): string[] {
  const names = existsSync(dataDir) ? readdirSync(dataDir) : [];
  return names.filter((name) => /^holder(-\d+)?$/.test(name)).map((name) => join(dataDir, name));
}

/** The socket's path: in the data directory, or under a short name in the system's folder for temporary files. */
export function holderSocket(dataDir: string): string {
  const path = join(holderFolder(dataDir), "socket");
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  const hash = createHash("sha256").update(dataDir).digest("hex").slice(0, 24);
  return join(tmpdir(), `fairlead-${userInfo().uid}`, nameOf(HOLDER_VERSION).replace("holder", hash));
}

/** Makes the socket's folder. Throws an Error for people when others could get at it. */
export function secureSocketFolder(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isOwn = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0;
  if (!isOwn) throw new Error(`The folder "${folder}" belongs to somebody else or is open to others; remove it.`);
}
